// For tests: a sidecar in a process of its own around a program of Node's, without a repository.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface SpawnSidecarOptions {
  /** Of Node's; gets `args`, and then the port on which it has to listen. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly protocol: string;
  readonly memoryFolder?: string;
  /** Variables of the sidecar, such as `SEALSERVE_MANAGEMENT`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SpawnedSidecar extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  log(): string;
}

export async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: Object(server.address()).port };
}

/** Ready once the program listens, or what else its protocol asks for. */
export async function spawnSidecar(options: SpawnSidecarOptions): Promise<SpawnedSidecar> {
  const { script, args = [], protocol, memoryFolder = "/dev/shm", env = {} } = options;
  const free = await listening();
  free.server.close();
  const program = [process.execPath, "-e", script, ...args, `${free.port}`];
  const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts"), "--", ...program], {
    env: {
      SEALSERVE_UPSTREAM: `http://127.0.0.1:${free.port}`,
      SEALSERVE_PROTOCOL: protocol,
      SEALSERVE_PORT: "0",
      SEALSERVE_OPERATIONS_PORT: "0",
      SEALSERVE_DRAIN_DELAY: "0",
      SEALSERVE_STOP_GRACE: "100ms",
      SEALSERVE_MEMORY_FOLDER: memoryFolder,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = once(child, "exit").then(() => assert.fail(log));
  ended.catch(() => "it may be killed later");
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return {
    process: child,
    url: JSON.parse(String(line)).listeners.sidecar,
    log: () => log,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
