// What the host of a TEE can set from outside to look into a Node process, or to put its own code or trust into it.

const variables = [
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_V8_COVERAGE",
  "NODE_DEBUG",
  "NODE_PATH",
  "NODE_REPL_EXTERNAL_MODULE",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
  "SSLKEYLOGFILE",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "OPENSSL_CONF",
  "OPENSSL_MODULES",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
];

const flags =
  /^(--inspect|--tls-keylog|--require|-r$|--import|--loader|--experimental-loader|--trace-tls|--cpu-prof|--heap-prof|--heapsnapshot|--diagnostic-dir|--use-openssl-ca|--openssl-)/;

/** Names of what is set, in order; empty: nothing. Values are not told, since they may be secrets. */
export function hostileEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  nodeFlags: readonly string[],
): readonly string[] {
  const set = Object.entries(environment)
    .filter(([name, value]) => value !== undefined && value !== "" && variables.includes(name.toUpperCase()))
    .map(([name]) => name)
    .sort();
  return [...set, ...nodeFlags.filter((flag) => flags.test(flag)).map((flag) => flag.replace(/=.*/, ""))];
}
