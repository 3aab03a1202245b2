// `torchserve --start` without `--foreground`: a process of its own, waited for until it answers or has failed.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "./log-file.ts";

/** What the process in the background tells whoever started it. */
export type LauncherMessage = { readonly started: true } | { readonly failed: string };

export interface BackgroundParts {
  /** Where it logs. */
  readonly logs: string;
  print(line: string): void;
}

/** The result is the exit code. */
export async function startBackground({ logs, print }: BackgroundParts): Promise<number> {
  const output = outputIn(logs);
  const { execPath, execArgv, argv } = process;
  const child = spawn(execPath, [...execArgv, ...argv.slice(1), "--foreground"], {
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
  });
  if (typeof output === "number") closeSync(output);
  const message = await firstWord(child);
  if (child.connected) child.disconnect();
  child.unref();
  if ("started" in message) {
    print("Model server started.");
    return 0;
  }
  process.stderr.write(`${message.failed}\n`);
  return 1;
}

/** To whoever waits for this process; nobody where it was started in the foreground. */
export function tellLauncher(message: LauncherMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

function firstWord(child: ChildProcess): Promise<LauncherMessage> {
  return new Promise((resolve) => {
    child.once("message", (message) => resolve(message as LauncherMessage));
    child.once("error", ({ message }) => resolve({ failed: message }));
    child.once("exit", (code, signal) => resolve({ failed: `it ended with ${signal ?? `exit code ${code}`}` }));
  });
}

/** What is not logged, such as the last words of Node itself, goes to the log too. */
function outputIn(logs: string): number | "ignore" {
  try {
    mkdirSync(logs, { recursive: true });
    return openLog(join(logs, "ts_log.log"));
  } catch {
    return "ignore"; // The process says itself that it cannot log there.
  }
}
