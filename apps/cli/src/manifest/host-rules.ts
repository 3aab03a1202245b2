// What the host can put in: variables, arguments, and all that Gramine itself calls insecure.
import { error, type Finding, type RuleId } from "./finding.ts";
import { isTable, type Manifest } from "./manifest.ts";

const leaveOut = "leave the option out";

/** Those of Gramine's insecure options that have a rule of their own, by their names without the underscores. */
const known: Readonly<Record<string, readonly [RuleId, string]>> = {
  "loader.use_host_env": [
    "host-environment",
    'leave the option out, and write each variable as loader.env.NAME = "value"',
  ],
  "loader.use_cmdline_argv": ["host-arguments", "leave the option out, and write each argument into loader.argv"],
  "loader.disable_aslr": ["aslr-disabled", leaveOut],
  "sys.allow_eventfd": [
    "host-eventfd",
    "leave the option out; Gramine 1.7 and later keep event counters in the enclave",
  ],
};

export function hostRules(manifest: Manifest): readonly Finding[] {
  return [...insecureOptions(manifest.root, ""), ...environment(manifest)];
}

/** Gramine's names begin with `insecure__`; older ones had one underscore. */
function insecureOptions(table: Readonly<Record<string, unknown>>, path: string): readonly Finding[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const key = path === "" ? name : `${path}.${name}`;
    // Names of variables are the program's own.
    if (path === "loader.env") return [];
    const plain = /^insecure_+(.*)$/.exec(name)?.[1];
    if (plain === undefined) return isTable(value) ? insecureOptions(value, key) : [];
    if (value === false || value === 0) return [];
    if (/^(protected_files_)?keys?$/.test(plain)) {
      const remedy = "leave it out, and have the key put in after attestation, or use _sgx_mrenclave";
      return [error("key-in-manifest", key, "a key", remedy)];
    }
    const [rule, remedy] = known[`${path}.${plain}`] ?? ["insecure-option", leaveOut];
    return [error(rule, key, value, remedy)];
  });
}

function environment(manifest: Manifest): readonly Finding[] {
  const findings: Finding[] = [];
  const open = manifest.get("loader.insecure__use_host_env");
  const fromFile = manifest.get("loader.env_src_file");
  const remedy = 'write each variable as loader.env.NAME = "value"';
  if (fromFile !== undefined) findings.push(error("environment-from-file", "loader.env_src_file", fromFile, remedy));
  for (const [name, value] of Object.entries(manifest.table("loader.env"))) {
    const key = `loader.env.${name}`;
    if (isTable(value) && value["passthrough"] !== undefined && value["passthrough"] !== false) {
      const instead = `give it its value here; a program that refuses it from a host needs the same value in measured-environment.json`;
      findings.push(error("environment-passthrough", key, value, instead));
    } else if (open !== undefined && open !== false && value === "") {
      const instead = "let no variable of the host in, instead of all but this one";
      findings.push(error("variable-blocked-alone", key, value, instead));
    }
  }
  return findings;
}
