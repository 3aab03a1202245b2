// A text that changes when files do: their names, sizes and times.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";

/** Of files and folders, whole; what cannot be read has a stamp too. Never throws. */
export async function fileStamp(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(stampOf))).join("\n");
}

async function stampOf(path: string): Promise<string> {
  try {
    const found = await stat(path);
    const inner = found.isDirectory() ? (await readdir(path)).sort().map((entry) => join(path, entry)) : [];
    return `${path}:${found.size}:${found.mtimeMs}:${found.ino}\n${await fileStamp(inner)}`;
  } catch (error) {
    return `${path}: ${reasonOf(error)}`;
  }
}
