// TorchServe's file with the number of the process that runs, and whether that process is there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../usage-error.ts";
import type { Environment } from "./environment.ts";

/** The folder for temporary files, as Python finds it (`tempfile.gettempdir`): both servers' files are the same. */
export function temporaryFolder(environment: Environment): string {
  const named = ["TMPDIR", "TEMP", "TMP"].flatMap((name) => environment[name] || []);
  return [...named, "/tmp", "/var/tmp", "/usr/tmp"].find(isWritableFolder) ?? process.cwd();
}

/** It lies where every user of the machine may put a file or a link of this name: it is believed and written to accordingly. */
export class PidFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, ".model_server.pid");
  }

  /** `orphan`: the file is there, the process is not, or is another user's than the file. */
  read(): number | "orphan" | null {
    const file = lstatSync(this.path, { throwIfNoEntry: false });
    if (!file) return null;
    const pid = file.isFile() ? Number.parseInt(readFileSync(this.path, "utf8"), 10) : Number.NaN;
    return Number.isInteger(pid) && isServer(pid) && isUserOf(pid, file.uid) ? pid : "orphan";
  }

  /** Throws `UsageError` where it is another user's. */
  write(pid: number): void {
    this.remove();
    writeFileSync(this.path, String(pid), { flag: "wx" });
  }

  /** Throws `UsageError` where it is another user's. */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      throw new UsageError(`${this.path} belongs to another user: name a folder of your own as TMPDIR`, error);
    }
  }

  /** Only if it names this process. */
  removeIf(pid: number): void {
    const file = lstatSync(this.path, { throwIfNoEntry: false });
    if (file?.isFile() && readFileSync(this.path, "utf8").trim() === String(pid)) this.remove();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A server of ours, or the original: numbers of processes come back. */
export function isServer(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const args = argumentsOf(pid);
  return args.includes("org.pytorch.serve.ModelServer") || (args.includes("torchserve") && !args.includes("--stop"));
}

function isUserOf(pid: number, uid: number): boolean {
  const file = `/proc/${pid}/status`;
  const found = existsSync(file) ? /^Uid:\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] : ps(pid, "uid=");
  return found !== undefined && Number(found) === uid;
}

function argumentsOf(pid: number): readonly string[] {
  if (existsSync("/proc/self/cmdline")) {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) ? readFileSync(file, "utf8").split("\0") : [];
  }
  return ps(pid, "args=")?.split(/\s+/) ?? [];
}

function ps(pid: number, column: string): string | undefined {
  return spawnSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" }).stdout?.trim();
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false; // It is not there, or not ours to write to.
  }
}
