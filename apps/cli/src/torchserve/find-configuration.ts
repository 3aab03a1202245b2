// Which config.properties counts: the variable's, the flag's, the last snapshot, or the one that lies here.
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { UsageError } from "../usage-error.ts";
import type { Environment } from "./environment.ts";
import { lastSnapshot } from "./snapshots.ts";
import type { TorchserveFlags } from "./torchserve-flags.ts";

export interface FoundConfiguration {
  /** What it says; "" where there is no file at all. */
  readonly text: string;
  /** For messages; null: there is none. */
  readonly path: string | null;
  readonly isSnapshot: boolean;
}

export interface FindParts {
  readonly environment: Environment;
  /** The folder in which the command was given. */
  readonly folder: string;
  /** Where snapshots lie; null: none is looked for. */
  readonly snapshots: string | null;
}

/** Throws `UsageError` for a file that is named and not there. */
export function findConfiguration(
  { tsConfig }: Pick<TorchserveFlags, "tsConfig">,
  { environment, folder, snapshots }: FindParts,
): FoundConfiguration {
  const named = environment["TS_CONFIG_FILE"] ?? tsConfig;
  if (named !== undefined && named !== "") {
    const path = isAbsolute(named) ? named : join(folder, named);
    if (!existsSync(path)) throw new UsageError(`--ts-config file not found: ${named}`);
    return read(path);
  }
  const snapshot = snapshots === null ? null : lastSnapshot(snapshots);
  if (snapshot !== null) return { ...read(snapshot), isSnapshot: true };
  const here = join(folder, "config.properties");
  return existsSync(here) ? read(here) : { text: "", path: null, isSnapshot: false };
}

function read(path: string): FoundConfiguration {
  try {
    return { text: readFileSync(path, "utf8"), path, isSnapshot: false };
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}`, error);
  }
}
