// The files below a folder.
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { SealingError } from "../sealing-error.ts";

/** Relative paths with `/`, sorted. Throws `SealingError` `path-refused` for links and devices, and `source-unreadable`. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new SealingError("source-unreadable", { path: folder, problem: reasonOf(error) }, error);
  });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (entry.isDirectory()) continue;
    if (!entry.isFile())
      throw new SealingError("path-refused", { path, problem: "it is a link or a device, not a file" });
    paths.push(path);
  }
  return paths.sort();
}
