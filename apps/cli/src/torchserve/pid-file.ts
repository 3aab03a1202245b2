// TorchServe's file with the number of the process that runs, and whether that process is there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./environment.ts";

/** The folder for temporary files, as Python finds it (`tempfile.gettempdir`): both servers' files are the same. */
export function temporaryFolder(environment: Environment): string {
  const named = ["TMPDIR", "TEMP", "TMP"].flatMap((name) => environment[name] || []);
  return [...named, "/tmp", "/var/tmp", "/usr/tmp"].find(isWritableFolder) ?? process.cwd();
}

export class PidFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, ".model_server.pid");
  }

  /** `orphan`: the file is there, the process is not. */
  read(): number | "orphan" | null {
    if (!existsSync(this.path)) return null;
    const pid = Number.parseInt(readFileSync(this.path, "utf8"), 10);
    return Number.isInteger(pid) && isServer(pid) ? pid : "orphan";
  }

  write(pid: number): void {
    writeFileSync(this.path, String(pid));
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Only if it names this process. */
  removeIf(pid: number): void {
    if (existsSync(this.path) && readFileSync(this.path, "utf8").trim() === String(pid)) this.remove();
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

function argumentsOf(pid: number): readonly string[] {
  if (existsSync("/proc/self/cmdline")) {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) ? readFileSync(file, "utf8").split("\0") : [];
  }
  return (
    spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })
      .stdout?.trim()
      .split(/\s+/) ?? []
  );
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false; // It is not there, or not ours to write to.
  }
}
