// Snapshots of the configuration with the models that run, as TorchServe writes them and starts from them.
import { readdirSync } from "node:fs";
import { join } from "node:path";

const fileName = /^\d{17}-(?:startup|snapshot|shutdown)\.cfg$/;

/** Null: there is none. */
export function lastSnapshot(folder: string): string | null {
  const name = namesIn(folder).at(-1);
  return name === undefined ? null : join(folder, name);
}

/** Oldest first: names begin with the time. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => fileName.test(name))
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
