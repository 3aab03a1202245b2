// Starts a server in a process of its own and waits for the JSON line that says where it listens.
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts, jsonLinesOf, stop } from "@sealserve/conformance/fixtures/spawned-command";

const root = join(import.meta.dirname, "..");

export interface StartedProcess extends AsyncDisposable {
  /** Its first line. */
  readonly line: Readonly<Record<string, unknown>>;
  /** Gives it a line on stdin and waits for the line that answers. */
  ask(question: string): Promise<Readonly<Record<string, unknown>>>;
  /** Resident memory in MB (10^6 bytes), from the kernel. */
  residentMemory(): Promise<number>;
}

/** Runs a script of this repository under Node. */
export function startProcess(script: string, args: readonly string[] = []): Promise<StartedProcess> {
  return start(process.execPath, [join(root, script), ...args]);
}

/** Runs a program of this repository's root, such as `sealserve`. */
export function startProgram(program: string, args: readonly string[]): Promise<StartedProcess> {
  return start(join(root, program), args);
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** In a session of its own: Linux shares a busy machine's cores out by session first (sched_autogroup). */
  readonly detached?: boolean;
}

async function start(program: string, args: readonly string[], options: StartOptions = {}): Promise<StartedProcess> {
  const child: ChildProcess = spawn(program, args, {
    ...options,
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (options.detached) process.once("exit", () => child.kill());
  const { stdin } = child;
  if (!stdin) throw new Error(`${program} has no stdin`);
  const nextLine = jsonLinesOf<Readonly<Record<string, unknown>>>(child);
  const line = await nextLine();
  return {
    line,
    ask(question) {
      const answer = nextLine();
      stdin.write(`${question}\n`);
      return answer;
    },
    async residentMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** Starts another command of `sealserve`, by its launcher, and waits for its ready line. */
export function startCommand(args: readonly string[]): Promise<StartedProcess> {
  return start(join(root, "sealserve"), [...args, "--log-level", "warn"]);
}

/** Starts `sealserve serve`, as users do by its launcher, over a model store, on free ports, and tells where Open Inference is spoken. */
export async function startSealserve(
  store: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<StartedProcess & { readonly port: number }> {
  const all = ["serve", "--model-store", store, "--log-level", "warn", ...freePorts, ...args];
  const started = await start(join(root, "sealserve"), all, options);
  const listeners = Object(started.line["listeners"]);
  return { ...started, port: Number(new URL(listeners["openInference.http"]).port) };
}
