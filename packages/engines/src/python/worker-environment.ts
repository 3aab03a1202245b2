// The variables of the environment that a Python handler sees: those of the server, but for our own, secrets and what the operator denies.
// Source: TorchServe 0.12, `EnvironmentUtils.java`.
import { delimiter, dirname, join } from "node:path";

export interface EnvironmentOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Regular expressions that match a whole name. */
  readonly deny: readonly string[];
  /** The folder of the archive's files. */
  readonly folder: string;
  readonly handler: string;
  /** The folder in which the package `ts` lies. */
  readonly home: string;
  /** Where what its requirements name was installed; null: nowhere. */
  readonly packages: string | null;
  /** Whether it was set by a host that is not to see what the worker sees: what names a place is then left out, since what lies there is its. */
  readonly untrusted: boolean;
  /** On top of all, denied or not. */
  readonly extra: Readonly<Record<string, string>>;
}

/** What a process in a TEE does not start with, unless it was measured: `hostileEnvironment` in `@sealserve/attestation`. */
const measured = /^(?:LD_|OPENSSL_)|^(?:PYTHON(?:PATH|HOME)|SSL_CERT_(?:FILE|DIR)|GCONV_PATH)$/;
/** The search path for programs in a TEE. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Ours, those of our runtime and those of our database. */
const own = /^(?:SEALSERVE_.*|NODE_.*|npm_.*|PG[A-Z]+)$/;

export function workerEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { environment, deny, folder, handler, home, packages, untrusted, extra } = options;
  const denied = deny.map((pattern) => new RegExp(`^(?:${pattern})$`));
  const pythonPath = [
    ...(packages === null ? [] : [packages]),
    ...folderOf(handler).map((path) => join(folder, path)),
    ...(environment["PYTHONPATH"] ? [environment["PYTHONPATH"]] : []),
    folder,
    ...(/site-packages|dist-packages/.test(home) ? [] : [home]),
  ];
  const allowed = Object.entries(environment).filter(
    ([name, value]) => !untrusted || measured.test(name) || !value?.includes("/"),
  );
  const given = { ...Object.fromEntries(allowed), PYTHONPATH: pythonPath.join(delimiter) };
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || own.test(name) || denied.some((pattern) => pattern.test(name))) continue;
    seen[name] = value;
  }
  return { ...seen, ...extra };
}

/** Where in the archive its module lies, if not at the top; nothing where that would be somewhere else. */
function folderOf(handler: string): readonly string[] {
  const [path = ""] = handler.split(":");
  const isInside = !path.split("/").includes("..") && !path.startsWith("/");
  return path.includes("/") && isInside ? [dirname(path)] : [];
}
