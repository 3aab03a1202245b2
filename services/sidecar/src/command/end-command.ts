// Ends a command whose sidecar is gone: its process group, and whatever else was started with the folder of its models.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

export interface EndedCommand {
  /** Null: none is known to run. */
  readonly group: number | null;
  /** Its name is in the environment of all that the command started. */
  readonly folder: string;
}

/** Milliseconds between two looks, and how many there are at most: what cannot be killed is inside the kernel. */
const [interval, looks] = [50, 100];

/** Fulfilled once none of it lives any more, as far as can be seen. */
export async function endCommand({ group, folder }: EndedCommand): Promise<void> {
  if (group !== null) kill(-group);
  for (let look = 0; look < looks; look++) {
    const pids = await processesWith(folder);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await wait(interval);
  }
}

/** Processes that were started with `text` in their environment. */
async function processesWith(text: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      // One that has ended, and is not yet taken note of, has an empty one.
      if ((await readFile(`/proc/${pid}/environ`, "latin1")).includes(text)) found.push(pid);
    } catch {
      // Gone by now, or somebody else's.
    }
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by now.
  }
}
