// `torchserve --stop`: ends the server that the file with its number names, in the original's words.
import { setTimeout as pause } from "node:timers/promises";
import { isServer, type PidFile } from "./pid-file.ts";

export interface StopParts {
  readonly pidFile: PidFile;
  print(line: string): void;
}

/** Milliseconds that it waits for the process, which waits for its requests. */
const patience = 60_000;
const interval = 50;

/** The result is the exit code. */
export async function stopRunning({ pidFile, print }: StopParts): Promise<number> {
  const pid = pidFile.read();
  if (typeof pid !== "number") {
    if (pid === "orphan") {
      print("Removing orphan pid file.");
      pidFile.remove();
    }
    print("TorchServe is not currently running.");
    return 0;
  }
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EPERM") {
      print(`TorchServe runs as another user's process, ${pid}, and cannot be stopped by this one.`);
      return 1;
    }
    print("TorchServe already stopped.");
    pidFile.remove();
    return 0;
  }
  for (let waited = 0; isServer(pid) && waited < patience; waited += interval) await pause(interval);
  pidFile.removeIf(pid);
  print(isServer(pid) ? "Stopping TorchServe took too long." : "TorchServe has stopped.");
  return 0;
}
