// Starts the sealserve command as its users do, waits for its ready line, and stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { type Ended, endOf, freePorts, jsonLinesOf, stop } from "../fixtures/spawned-command.ts";

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
  torchserveGrpc: "torchserve.grpcInference",
  grpcManagement: "torchserve.grpcManagement",
  openInference: "openInference.http",
  tritonMetrics: "openInference.metrics",
  tensorflowServing: "tensorflowServing.rest",
} as const;

const grpcListeners: ReadonlySet<string> = new Set([listenerNames.torchserveGrpc, listenerNames.grpcManagement]);

/** Those that speak HTTP/1.1. The ones of gRPC give no evidence, and open no sealed requests. */
export const httpListeners = Object.values(listenerNames).filter((name) => !grpcListeners.has(name));

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The program to start; the unbuilt command if left out. */
  readonly main?: string;
  /** Default: `serve`. */
  readonly command?: "serve" | "dev";
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
  return await endOf(spawnSealserve(args, options));
}

/** Starts `serve`, or another command that serves, with `args`, on free ports unless `args` name others. */
export async function startServer(args: readonly string[], options: StartOptions = {}): Promise<RunningServer> {
  const child = spawnSealserve([options.command ?? "serve", ...freePorts, ...args], options);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ready = await jsonLinesOf<ReadyLine>(child, () => log)();
  return {
    process: child,
    ready,
    log: () => log,
    url(listener, path) {
      const base = ready.listeners[listenerNames[listener]];
      if (!base) throw new Error(`no listener ${listenerNames[listener]} among ${Object.keys(ready.listeners)}`);
      return base + path;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}
