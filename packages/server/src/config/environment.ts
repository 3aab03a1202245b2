// Settings given as variables of the environment: `SEALSERVE_MODEL_STORE` for `modelStore`.
import type { ConfigFault } from "./config-error.ts";
import type { ConfigTree } from "./config-tree.ts";
import { nearest } from "./nearest.ts";
import { scalarFor } from "./scalar.ts";
import { anyKey, type Setting } from "./schema-settings.ts";
import { serviceLinks } from "./service-links.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "SEALSERVE_";

/**
 * Variables that are named otherwise than their settings, by those. They say something of the machine, to whoever runs on it: a process
 * without the setting passes over them.
 */
const shortNames: ReadonlyMap<string, string> = new Map([["python.interpreter", `${prefix}PYTHON`]]);

/** `protocols.openInference.http` is `SEALSERVE_PROTOCOLS_OPEN_INFERENCE_HTTP`. */
function variableOf(path: readonly string[]): string {
  return prefix + path.map((key) => key.replace(/[A-Z]/g, "_$&").toUpperCase()).join("_");
}

/** Variables that begin like ours and are Kubernetes'. */
export function foreignVariables(environment: Environment): readonly string[] {
  return [...serviceLinks(environment, prefix)];
}

/** Lays each variable over `tree`; one that begins like ours and names no setting is a fault, but for Kubernetes' own. */
export function readEnvironment(
  environment: Environment,
  settings: readonly Setting[],
  tree: ConfigTree,
  faults: ConfigFault[],
): void {
  // Variables in capitals cannot tell the keys of a record, such as names of models, apart.
  const named = settings.filter(({ path }) => !path.includes(anyKey));
  const known = new Map(
    named.flatMap((setting) => {
      const short = shortNames.get(setting.path.join("."));
      return [...(short ? [[short, setting] as const] : []), [variableOf(setting.path), setting] as const];
    }),
  );
  const foreign = new Set(foreignVariables(environment));
  const ignored = new Set(shortNames.values());
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix) || foreign.has(variable)) continue;
    const origin = { kind: "environment", variable } as const;
    const setting = known.get(variable);
    if (setting) tree.set(setting.path, scalarFor(setting, text), origin);
    else if (!ignored.has(variable))
      faults.push({ kind: "unknown-key", key: variable, origin, nearest: nearest(variable, known.keys()) });
  }
}
