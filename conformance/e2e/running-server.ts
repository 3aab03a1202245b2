// Starts the sealserve command as its users do, waits for its ready line, and stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");

/** The JSON line that `serve` prints on stdout once it answers. */
export interface ReadyLine {
  readonly ready: true;
  readonly listeners: Readonly<Record<string, string>>;
  readonly models: readonly { readonly name: string; readonly version: string; readonly state: string }[];
}

export interface RunningServer extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly ready: ReadyLine;
  /** What it logged so far. */
  log(): string;
  /** URL of a listener, with a path. */
  url(listener: keyof typeof listenerNames, path: string): string;
}

export const listenerNames = {
  torchserve: "torchserve.inference",
  management: "torchserve.management",
  torchserveMetrics: "torchserve.metrics",
  openInference: "openInference.http",
  tritonMetrics: "openInference.metrics",
  tensorflowServing: "tensorflowServing.rest",
} as const;

/** Flags that put every listener on a free port. */
export const freePorts: readonly string[] = [
  "protocols.torchserve.inference",
  "protocols.torchserve.management",
  "protocols.torchserve.metrics",
  "protocols.openInference.http",
  "protocols.openInference.metrics",
  "protocols.tensorflowServing.rest",
].flatMap((key) => ["--set", `${key}=0`]);

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The program to start; the unbuilt command if left out. */
  readonly main?: string;
  /** Default: `serve`. */
  readonly command?: "serve" | "dev";
}

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, not waited for: for starts that ought to fail. */
export function spawnSealserve(args: readonly string[], options: StartOptions = {}): ChildProcess {
  const main = options.main ?? join(root, "apps/cli/src/main.ts");
  return spawn(process.execPath, [main, ...args], {
    cwd: root,
    // Sources are stripped of their types once, not at each of many starts.
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_COMPILE_CACHE: join(root, "node_modules/.cache/sealserve"),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs the command to its end. */
export async function runSealserve(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  const child = spawnSealserve(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

/** Starts `serve`, or another command that serves, with `args`, on free ports unless `args` name others. */
export async function startServer(args: readonly string[], options: StartOptions = {}): Promise<RunningServer> {
  const child = spawnSealserve([options.command ?? "serve", ...freePorts, ...args], options);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  if (!child.stdout) throw new Error("the command has no stdout");
  const lines = createInterface({ input: child.stdout });
  const exit = once(child, "exit").then(([code]) => {
    throw new Error(`sealserve ended with code ${code} before it was ready:\n${log}`);
  });
  const [line] = await Promise.race([once(lines, "line"), exit]);
  exit.catch(() => "a later end is the test's business");
  const ready: ReadyLine = JSON.parse(String(line));
  return {
    process: child,
    ready,
    log: () => log,
    url(listener, path) {
      const base = ready.listeners[listenerNames[listener]];
      if (!base) throw new Error(`no listener ${listenerNames[listener]} among ${Object.keys(ready.listeners)}`);
      return base + path;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
