// A folder in memory that is removed, and its command ended, also where this process is killed.
import { endCommand } from "../command/end-command.ts";
import type { RunningCommand } from "../command/run-command.ts";
import { type MemoryFolder, openMemoryFolder } from "../models/memory-folder.ts";
import { type GuardParts, openGuard } from "./open-guard.ts";

/** Disposing wipes and removes the folder, and then lets the guard go. */
export interface GuardedFolder extends MemoryFolder {
  /** The same, ended with this process at the latest, and once it has ended, what it left running in groups of its own is ended too. */
  guarded(command: RunningCommand): RunningCommand;
}

/** Throws `SidecarError`; then nothing is left. */
export async function openGuardedFolder(under: string, parts: GuardParts): Promise<GuardedFolder> {
  await using stack = new AsyncDisposableStack();
  const memory = stack.use(await openMemoryFolder(under));
  const guard = await openGuard(memory.path, parts);
  const { path, models, scratch } = memory;
  const owned = stack.move();
  return {
    ...{ path, models, scratch },
    guarded(command) {
      guard.watch(command.group);
      const ended = command.ended.then(async (how) => {
        await endCommand({ group: null, folder: path });
        guard.watch(null);
        return how;
      });
      return {
        group: command.group,
        ended,
        async stop(grace) {
          await command.stop(grace);
          await ended;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await owned.disposeAsync();
      await guard[Symbol.asyncDispose]();
    },
  };
}
