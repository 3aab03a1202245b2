// Configuration from a file, then the environment, then flags; checked as a whole, and frozen.
import type { z } from "zod";
import { ConfigError, type ConfigFault } from "./config-error.ts";
import type { ConfigTree } from "./config-tree.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { scalarFor } from "./scalar.ts";
import { allowed, faultsOf } from "./schema-faults.ts";
import { keyText, pathAlong, type Setting, settingsOf } from "./schema-settings.ts";
import { readYamlFile } from "./yaml-file.ts";

export interface ConfigSources {
  /** The path of a YAML file, or null. */
  readonly file: string | null;
  /** Of these only names that begin with `SEALSERVE_` count. */
  readonly env: Environment;
  /** By key path, such as `protocols.torchserve.inference`. Undefined: not given. A text takes the type of its setting. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/**
 * Reads, merges and checks. Each later source overrides the earlier. `schema` is built of strict objects, so that an
 * unknown key is a fault. The result is frozen. Throws `ConfigError` with every fault at once.
 */
export function loadConfig<S extends z.ZodType>(schema: S, { file, env, flags }: ConfigSources): z.output<S> {
  const faults: ConfigFault[] = [];
  const settings = [...settingsOf(schema)];
  const tree = readYamlFile(file, faults);
  const fileUsable = faults.length === 0;
  readEnvironment(env, settings, tree, faults);
  readFlags(flags, settings, tree);
  const checked = schema.safeParse(tree.root, { error: allowed });
  if (!checked.success) {
    const found = faultsOf(checked.error.issues, tree, settings);
    // What an unusable file may hold is not known to be missing.
    faults.push(...found.filter((fault) => fileUsable || fault.kind !== "invalid-value" || fault.origin !== null));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return freeze(checked.data) as z.output<S>;
}

/** A flag that names no setting lands in the tree all the same, where the schema finds it. */
function readFlags(flags: ConfigSources["flags"], settings: readonly Setting[], tree: ConfigTree): void {
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const path = key.split(".");
    const setting = settings.find((each) => keyText(pathAlong(each, path)) === key);
    const typed = setting && typeof value === "string" ? scalarFor(setting, value) : value;
    tree.set(path, typed, { kind: "flag" });
  }
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
