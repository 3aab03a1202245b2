// The folder of snapshots: each is written whole or not at all, and the last one is that with which the next start begins.
import { readdirSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type SnapshotKind = "startup" | "snapshot" | "shutdown";

/** As many as are kept; the original keeps all. */
const kept = 100;

const fileName = /^\d{17}-(?:startup|snapshot|shutdown)\.cfg$/;

/** By the time of writing, as the original finds it; null: there is none. */
export function lastSnapshot(folder: string): string | null {
  const name = snapshotsIn(folder).at(-1);
  return name === undefined ? null : join(folder, name);
}

/** `20300131235959123-startup.cfg`, in the time of the place. */
export function snapshotName(kind: SnapshotKind, epoch: number): string {
  const shift = new Date(epoch).getTimezoneOffset() * 60_000;
  return `${new Date(epoch - shift).toISOString().replace(/\D/g, "")}-${kind}.cfg`;
}

/** The oldest go when there are too many. Throws where the folder takes nothing. */
export async function writeSnapshot(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${name}.draft`);
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, join(folder, name));
  } finally {
    await rm(draft, { force: true });
  }
  for (const old of snapshotsIn(folder).slice(0, -kept)) await rm(join(folder, old), { force: true });
}

/** Oldest first. */
function snapshotsIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => fileName.test(name))
    .map((name) => ({ name, written: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => a.written - b.written || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
