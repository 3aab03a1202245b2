// Starts a server in a process of its own and waits for the JSON line that says where it listens.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

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

async function start(program: string, args: readonly string[]): Promise<StartedProcess> {
  const child: ChildProcess = spawn(program, args, {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error(`${program} has no stdin or stdout`);
  const lines = createInterface({ input: stdout });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${program} ${args.join(" ")} ended with code ${code} before it answered`);
  });
  const nextLine = async (): Promise<Readonly<Record<string, unknown>>> => {
    const [line] = await Promise.race([once(lines, "line"), ended]);
    return JSON.parse(String(line));
  };
  const line = await nextLine();
  ended.catch(() => "an end that nobody waits for is expected");
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
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Starts `sealserve serve`, as users do by its launcher, over a model store, on free ports, and tells where Open Inference is spoken. */
export async function startSealserve(
  store: string,
  args: readonly string[] = [],
): Promise<StartedProcess & { readonly port: number }> {
  const keys = [
    "torchserve.inference",
    "torchserve.management",
    "torchserve.metrics",
    "openInference.http",
    "openInference.metrics",
    "tensorflowServing.rest",
  ];
  const ports = keys.flatMap((key) => ["--set", `protocols.${key}=0`]);
  const started = await start(join(root, "sealserve"), [
    "serve",
    "--model-store",
    store,
    "--log-level",
    "warn",
    ...ports,
    ...args,
  ]);
  const listeners = Object(started.line["listeners"]);
  return { ...started, port: Number(new URL(listeners["openInference.http"]).port) };
}
