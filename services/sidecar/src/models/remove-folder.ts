// Takes a folder of opened models away: first what they hold, then the folder, whose sign of life goes last.
import { chmod, lstat, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Overwrites every file with zeros, and removes all. What is removed in part shows by its sign of life whose it was. */
export async function removeFolder(path: string): Promise<void> {
  await wipe(path);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isSocket()) await rm(join(path, entry.name), { recursive: true, force: true });
  }
  await rm(path, { recursive: true, force: true });
}

const zeros = new Uint8Array(1 << 20);

/** Links are not followed: what they lead to is not ours. */
async function wipe(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await lstat(path);
    if (stats.isDirectory()) await wipe(path);
    else if (stats.isFile()) await overwrite(path, stats.size);
  }
}

async function overwrite(path: string, size: number): Promise<void> {
  await chmod(path, 0o600);
  await using file = await open(path, "r+");
  for (let done = 0; done < size; done += zeros.length) {
    await file.write(zeros, 0, Math.min(zeros.length, size - done), done);
  }
}
