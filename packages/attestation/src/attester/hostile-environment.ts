// What the host of a TEE can set from outside to look into a Node process, or to put its own code or trust into it or into the Python handlers that it starts.
import { type MeasuredEnvironment, nothingMeasured } from "./measured-environment.ts";

const variables = new Set([
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_SYSTEM_CA",
  "NODE_USE_ENV_PROXY",
  "NODE_V8_COVERAGE",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_REDIRECT_WARNINGS",
  "NODE_PATH",
  "NODE_PRESERVE_SYMLINKS",
  "NODE_ICU_DATA",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_UNIQUE_ID",
  "SSLKEYLOGFILE",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GCONV_PATH",
  "GLIBC_TUNABLES",
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONUSERBASE",
  "PYTHONPLATLIBDIR",
  "PYTHONPYCACHEPREFIX",
  "PYTHONSTARTUP",
  "PYTHONINSPECT",
  "PYTHONBREAKPOINT",
  "PYTHONWARNINGS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
]);
/** Of the dynamic linker, and of OpenSSL's configuration and modules. */
const families = /^(LD|DYLD|OPENSSL)_/;
const codeCache = "NODE_COMPILE_CACHE";

const flags =
  /^(--inspect|--tls-|--require|-r$|--import|--loader|--experimental-loader|--experimental-config-file|--experimental-default-config-file|--conditions|-C|--env-file|--snapshot-blob|--build-snapshot|--icu-data-dir|--insecure-http-parser|--trace-tls|--cpu-prof|--heap-prof|--prof|--heapsnapshot|--report-|--diagnostic-dir|--redirect-warnings|--use-openssl-ca|--use-system-ca|--use-env-proxy|--openssl-)/;

export interface HostileEnvironmentOptions {
  /** The folder of compiled sources beside the code itself; any other could hold another's code. Null: none. */
  readonly codeCache: string | null;
  /** What may be set all the same. Default: nothing. */
  readonly measured?: Pick<MeasuredEnvironment, "variables" | "flags">;
}

/** Names of what is set and was not measured with the program, in order; empty: nothing. Values are not told, since they may be secrets. */
export function hostileEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  nodeFlags: readonly string[],
  { codeCache: ownCache, measured = nothingMeasured }: HostileEnvironmentOptions,
): readonly string[] {
  const isHostile = (name: string, value: string): boolean =>
    name === codeCache ? value !== ownCache : variables.has(name) || families.test(name);
  const isMeasured = (name: string, value: string): boolean =>
    Object.hasOwn(measured.variables, name) && measured.variables[name] === value;
  const set = Object.entries(environment)
    .filter(([name, value]) => value !== undefined && value !== "" && isHostile(name.toUpperCase(), value))
    .filter(([name, value]) => !isMeasured(name, value ?? ""))
    .map(([name]) => name)
    .sort();
  // Node takes `_` for `-` in the names of its flags.
  const named = nodeFlags
    .filter((flag) => !measured.flags.includes(flag))
    .map((flag) => flag.replace(/=.*/s, "").replaceAll("_", "-"));
  return [...set, ...named.filter((flag) => flags.test(flag))];
}
