// Folders of the server that one model's user may read, or write into: they stay the server's, so that only it can change who may.
import { chmod, chown, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelUser } from "./model-users.ts";

/** Lets the user read a folder with all that is in it, and change nothing. Throws `EngineLoadError` where the user cannot get there. */
export async function letRead(path: string, model: string, { id }: ModelUser): Promise<void> {
  await checkWay(path, model, id);
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const inside = join(entry.parentPath, entry.name);
    await give(inside, id, entry.isDirectory() ? 0o750 : 0o640);
  }
  await give(path, id, 0o750);
}

/** Writes a file for the server and the user to read; null: for the server. */
export async function writeShared(path: string, text: string, user: ModelUser | null): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  if (user) await give(path, user.id, 0o640);
}

/** Lets the user make, change and remove what is in a folder, whichever of its processes made it. */
export async function letWrite(path: string, { id }: ModelUser): Promise<void> {
  await give(path, id, 0o770);
}

/** Makes a folder in one that is there: for its user, or where it has none for the server's. */
export async function makeFolder(path: string, user: ModelUser | null): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (user) await letWrite(path, user);
}

/** The owner stays: it could give rights to others, a group cannot. */
async function give(path: string, group: number, mode: number): Promise<void> {
  await chown(path, process.getuid?.() ?? 0, group);
  await chmod(path, mode);
}

/** What is not there for everybody is, as a rule, not there for a user that was made up. */
async function checkWay(path: string, model: string, id: number): Promise<void> {
  for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
    if (((await stat(above)).mode & 0o001) !== 0) continue;
    const reason = `its user ${id} (python.users) cannot get through ${above} to its files: let others pass through it (chmod o+x), or name another folder as memoryFolder or TMPDIR`;
    throw new EngineLoadError("load-failed", { model, reason });
  }
}
