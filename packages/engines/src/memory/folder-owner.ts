// Names folders after the process that they belong to, so that another can tell which ones nobody has any more.
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";

const ownName = /^sealserve-(\w+)-(\d+)-(\d+)-\w{6}$/;

/** How long, in milliseconds, a folder is left that belongs to a process whose life cannot be seen from here: longer than any load. */
const foreignFor = 3_600_000;

/** Process ids mean something within one namespace only; a number that is used again has another start. */
export async function folderPrefix(): Promise<string> {
  return `sealserve-${await namespaceOf()}-${process.pid}-${(await startOf(process.pid)) ?? "0"}-`;
}

/** Removes this user's folders in `root` whose processes are gone. What cannot be removed stays. */
export async function removeLeftovers(root: string, prefix: string): Promise<void> {
  const namespace = ownName.exec(`${prefix}000000`)?.[1];
  for (const entry of await readdir(root)) {
    const [, ofNamespace, pid, start] = ownName.exec(entry) ?? [];
    if (pid === undefined) continue;
    const isDead =
      ofNamespace === namespace ? (await startOf(Number(pid))) !== start : await isOld(root, join(root, entry));
    if (isDead && (await isOwn(join(root, entry)))) await remove(join(root, entry));
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Another process sweeps at the same time, or it is not ours to remove.
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

/** By the file system's own clock: that of a folder which is made now. */
async function isOld(root: string, path: string): Promise<boolean> {
  const now = await mkdtemp(join(root, "sealserve-now-"));
  try {
    return (await lstat(now)).mtimeMs - (await lstat(path)).mtimeMs > foreignFor;
  } catch {
    return false; // Gone by now.
  } finally {
    await rm(now, { recursive: true, force: true });
  }
}

async function namespaceOf(): Promise<string> {
  try {
    return /\d+/.exec(await readlink("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

/** When a process started, in ticks since the machine did (field 22 of its `stat`); null where there is none. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name in field 2 may hold anything; what follows its last parenthesis are numbers.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
