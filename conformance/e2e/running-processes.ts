// Starts frontends, backends and key brokers as processes of their own, and asks them as their clients do.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { freePorts, jsonLinesOf, stop } from "../fixtures/spawned-command.ts";
import { spawnSealserve } from "./running-server.ts";
import { until } from "./until.ts";

export interface RunningProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it logged so far, in JSON lines. */
  log(): string;
  /** The rest of its ready line. */
  readonly ready: Promise<{ readonly listeners: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>>;
  /** Where a listener is, ready or not, as soon as it listens: by the name in its log. */
  listening(part: string): Promise<string>;
  /** The exit code, once it ended. */
  ended(): Promise<number | null>;
}

/** `args`: such as `["dev", "backend"]`. Does not wait until it is ready. */
export function startProcess(args: readonly string[]): RunningProcess {
  const child = spawnSealserve([...args, "--log-format", "json"]);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (written: string) => (log += written));
  const ready = jsonLinesOf<{ readonly listeners: Readonly<Record<string, string>> }>(child, () => log)();
  ready.catch(() => "a process that never becomes ready is a test's to look at");
  return {
    process: child,
    log: () => log,
    ready,
    listening: (part) =>
      until(
        async () =>
          log
            .split("\n")
            .filter((line) => line.startsWith("{") && line.endsWith("}"))
            .map((line) => JSON.parse(line))
            .find((line) => line.msg === "listening" && line.part.endsWith(part))?.url,
        () => `no ${part} listens\n${log}`,
      ),
    async ended() {
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      return child.exitCode;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** Flags that put every listener of a frontend, of a backend, of a key broker on a free port. */
export const onFreePorts = {
  frontend: [...freePorts, "--set", "operations.port=0"],
  backend: ["--set", "listen.port=0", "--set", "operations.port=0"],
  keyBroker: ["--set", "listen.port=0", "--set", "admin.listen.port=0", "--set", "operations.port=0"],
} as const;

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Adds [1, 2, 3, 4] to itself with the model `add` or one like it, over kept connections to any certificate. */
export class Adder implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  /** The status, and the sum where it is 200. */
  add(base: string, model = "add"): Promise<Answered> {
    const tensor = (name: string) => ({ name, datatype: "FP32", shape: [1, 4], data: [1, 2, 3, 4] });
    return this.post(`${base}/v2/models/${model}/infer`, { inputs: [tensor("a"), tensor("b")] });
  }

  async post(url: string, document: object = {}): Promise<Answered> {
    const headers = { "content-type": "application/json" };
    const asked = request(url, { method: "POST", agent: this.#agent, headers });
    asked.end(JSON.stringify(document));
    const [answer] = await once(asked, "response");
    return { status: answer.statusCode, text: await text(answer) };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
