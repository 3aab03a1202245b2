// `sealserve torchserve`: the command of the original, around a server of ours.
import { join } from "node:path";
import { logFolders } from "../torchserve/logs.ts";
import { PidFile, temporaryFolder } from "../torchserve/pid-file.ts";
import { startBackground } from "../torchserve/start-background.ts";
import { startForeground } from "../torchserve/start-foreground.ts";
import { stopRunning } from "../torchserve/stop-running.ts";
import type { TorchserveFlags } from "../torchserve/torchserve-flags.ts";
import { version } from "../version.ts";

export { torchserveCommand } from "../torchserve/torchserve-flags.ts";

/** The version of the original whose place is taken. */
const originalVersion = "0.12.0";

/** The result is the exit code. */
export async function torchserve(flags: TorchserveFlags): Promise<number> {
  const { env: environment } = process;
  const folder = process.cwd();
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (flags.version) {
    print(`TorchServe Version is ${originalVersion} (Sealserve ${version})`);
    return 0;
  }
  const pidFile = new PidFile(temporaryFolder(environment));
  if (flags.stop) return stopRunning({ pidFile, print });
  const running = pidFile.read();
  // Whoever was started by this command finds the number of nobody.
  if (typeof running === "number" && running !== process.pid) {
    print("TorchServe is already running, please use torchserve --stop to stop TorchServe.");
    return 1;
  }
  if (running === "orphan") {
    print("Removing orphan pid file.");
    pidFile.remove();
  }
  const folders = logFolders(environment, folder);
  if (!flags.foreground) return startBackground({ logs: folders.logs, print });
  const withoutSnapshots = flags.ncs === true || !flags.configSnapshots;
  const snapshots = withoutSnapshots ? null : join(folders.logs, "config");
  return startForeground(flags, { environment, folder, logFolders: folders, snapshots, pidFile });
}
