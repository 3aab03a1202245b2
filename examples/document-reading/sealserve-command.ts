// Runs the sealserve command: to its end, or as a server that says when it is ready.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");

const listenerKeys = [
  "protocols.torchserve.inference",
  "protocols.torchserve.management",
  "protocols.torchserve.metrics",
  "protocols.openInference.http",
  "protocols.openInference.metrics",
  "protocols.tensorflowServing.rest",
];
const brokerKeys = ["keyBroker.listen", "keyBroker.admin", "keyBroker.operations"];

const toFree = (keys: readonly string[]): readonly string[] => keys.flatMap((key) => ["--set", `${key}=0`]);

/** Flags that put every listener on a free port, so that nothing is in the way. */
export const freePorts: readonly string[] = toFree(listenerKeys);
export const freeBrokerPorts: readonly string[] = toFree(brokerKeys);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningServer extends AsyncDisposable {
  /** What its ready line says. */
  readonly ready: {
    readonly listeners: Readonly<Record<string, string>>;
    readonly [name: string]: unknown;
  };
  /** URL of a listener. */
  url(listener: string): string;
}

export function spawnCommand(
  args: readonly string[],
  stdout: "inherit" | "pipe",
  stderr: "inherit" | "pipe",
): ChildProcess {
  const all = ["apps/cli/src/main.ts", ...args];
  return spawn(process.execPath, all, { cwd: root, stdio: ["ignore", stdout, stderr] });
}

export async function runCommand(args: readonly string[]): Promise<Ended> {
  const child = spawnCommand(args, "pipe", "pipe");
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

/** Waits for the line that says where the server listens; disposing stops it. */
export async function startCommand(args: readonly string[]): Promise<RunningServer> {
  const child = spawnCommand([...args, "--log-level", "error"], "pipe", "inherit");
  if (!child.stdout) throw new Error("the server has no stdout");
  const exit = once(child, "exit").then(([code]) => {
    throw new Error(`the server ended with code ${code} before it was ready`);
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exit]);
  exit.catch(() => "its end comes later");
  const ready: RunningServer["ready"] = JSON.parse(String(line));
  return {
    ready,
    url(listener) {
      const url = ready.listeners[listener];
      if (url === undefined) throw new Error(`no listener ${listener} among ${Object.keys(ready.listeners)}`);
      return url;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
