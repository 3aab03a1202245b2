// Folders of sidecars that were killed together with their guard: found at the next start, wiped and removed, after their commands were ended.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { endCommand } from "../command/end-command.ts";
import { removeFolder } from "./remove-folder.ts";
import { folderPrefix, isAlive } from "./sign-of-life.ts";

/** This user's in `root`. What cannot be removed stays. */
export async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!name.startsWith(folderPrefix) || !(await isOwn(path)) || (await isAlive(path))) continue;
    try {
      await endCommand({ group: null, folder: path });
      await removeFolder(path);
    } catch {
      // Another sidecar, or the guard, removes it at the same time.
    }
  }
}

async function isOwn(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch {
    return false; // Gone by now.
  }
}
