// TorchServe, or what has its command line, started on ports of this host with a folder of its own for all that it writes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { reasonOf } from "@sealserve/primitives";
import { until } from "../e2e/until.ts";
import { type ListenerName, type Program, writeProperties } from "../fixtures/real-torchserve.ts";
import type { RealToolchain } from "../fixtures/torchserve-toolchain.ts";

const root = join(import.meta.dirname, "../..");

/** A server under comparison: where it listens, and how it ends. */
export interface ComparedServer extends AsyncDisposable {
  readonly urls: Readonly<Record<ListenerName, string>>;
  /** The folder that it runs in; `key_file.json` is there. */
  readonly folder: string;
  log(): string;
}

export interface StartOptions extends Program {
  /** All that it writes goes here; it must outlive the server. */
  readonly folder: string;
  readonly modelStore: string;
  /** Lines of config.properties, beside the addresses. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Ours, with the same Python; `main` is the built command, or its source. */
export function sealserveCommand(tools: RealToolchain, main: string): Program {
  return {
    command: [process.execPath, main, "torchserve"],
    environment: {
      ...tools.environment,
      SEALSERVE_PYTHON: tools.python,
      NODE_COMPILE_CACHE: join(root, "node_modules/.cache/sealserve"),
    },
  };
}

/**
 * Resolves once it says that it started; its workers may still be loading. One that ends instead is started once more, and that is told: a port that
 * was free may be taken by then.
 */
export async function startCompared(options: StartOptions): Promise<ComparedServer> {
  try {
    return await startOnce(options);
  } catch (error) {
    process.stderr.write(`started again: ${reasonOf(error)}\n`);
    return await startOnce(options);
  }
}

async function startOnce(options: StartOptions): Promise<ComparedServer> {
  const { command, environment, folder, modelStore, properties } = options;
  const { path, urls } = await writeProperties(folder, properties);
  const temporary = join(folder, "tmp");
  await mkdir(temporary, { recursive: true });
  const [program, ...args] = command;
  const child = spawn(
    program,
    [...args, "--start", "--foreground", "--ncs", "--ts-config", path, "--model-store", modelStore],
    {
      cwd: folder,
      env: { ...environment, TEMP: temporary, TMPDIR: temporary, LOG_LOCATION: join(folder, "logs") },
      stdio: ["ignore", "pipe", "pipe"],
      // Its Java and its workers are of its group, so that they end with it.
      detached: true,
    },
  );
  process.once("exit", () => endAtOnce(child));
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const server: ComparedServer = { urls, folder, log: () => log, [Symbol.asyncDispose]: () => endGroup(child) };
  try {
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${log.slice(-2000)}`);
        return log.includes("Model server started.");
      },
      () => `it did not start: ${log.slice(-2000)}`,
      { limit: 90_000, interval: 100 },
    );
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  if (child.exitCode === null && child.signalCode === null)
    await Promise.race([once(child, "exit"), wait(10_000, undefined, { ref: false })]);
  endAtOnce(child);
}

function endAtOnce({ pid }: ChildProcess): void {
  if (pid !== undefined) signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody of the group is left.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
