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
  /** On top of all. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Ours, those of our runtime and those of our database. */
const own = /^(?:SEALSERVE_.*|NODE_.*|npm_.*|PG[A-Z]+)$/;

export function workerEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { environment, deny, folder, handler, home, packages, extra } = options;
  const denied = deny.map((pattern) => new RegExp(`^(?:${pattern})$`));
  const pythonPath = [
    ...(packages === null ? [] : [packages]),
    ...(handler.includes("/") ? [join(folder, dirname(handler))] : []),
    ...(environment["PYTHONPATH"] ? [environment["PYTHONPATH"]] : []),
    folder,
    ...(/site-packages|dist-packages/.test(home) ? [] : [home]),
  ];
  const given = { ...environment, PYTHONPATH: pythonPath.join(delimiter), ...extra };
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || own.test(name) || denied.some((pattern) => pattern.test(name))) continue;
    seen[name] = value;
  }
  return seen;
}
