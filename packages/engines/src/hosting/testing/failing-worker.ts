// A worker whose engine does what the request or the init data tells it: for tests of all that can go wrong.
import { InferenceError } from "@sealserve/inference";
import { serveEngine } from "../serve-engine.ts";
import type { WireAnswer, WireBatch } from "../wire.ts";
import type { GivePartial, WorkerEngine } from "../worker-engine.ts";
import { workerPort } from "../worker-port.ts";

/** What a request asks for by its parameter `act`; anything else is answered with its inputs. */
export type Act =
  | "exit"
  | "throw-later"
  | "segfault"
  | "hang"
  | "spin"
  | "fail"
  | "fail-typed"
  | "too-few"
  | "hoard"
  | "print"
  | "stream"
  | "stream-slowly"
  | "environment";

/** How loading goes. */
export interface FailingInit {
  readonly load: "well" | "throw" | "hang" | "exit";
}

const timings = { computeInput: 1, computeInfer: 2, computeOutput: 3 };

async function create(data: unknown): Promise<WorkerEngine> {
  const { load } = data as FailingInit;
  if (load === "throw") throw new Error("the weights are odd");
  if (load === "exit") process.exit(7);
  if (load === "hang") await new Promise(() => undefined);
  const tensor = { name: "x", datatype: "UINT8", shape: [-1, 1] } as const;
  return {
    metadata: { platform: "test", kind: "tensors", maxBatchSize: 8, inputs: [tensor], outputs: [tensor] },
    run,
    close: async () => undefined,
  };
}

async function run({ inputs, requests }: WireBatch, partial: GivePartial): Promise<WireAnswer> {
  switch (requests[0]?.parameters?.["act"] as Act | undefined) {
    case "exit":
      return process.exit(3);
    case "throw-later":
      setImmediate(() => {
        throw new Error("thrown where nobody waits");
      });
      return new Promise(() => undefined);
    case "segfault":
      process.kill(process.pid, "SIGSEGV");
      return new Promise(() => undefined);
    case "hang":
      return new Promise(() => undefined);
    case "spin":
      for (;;) Math.random();
    case "fail":
      throw new Error("out of luck");
    case "fail-typed":
      throw new InferenceError("invalid-value", { tensor: "x", expected: "less", found: "more" });
    case "too-few":
      return { results: [], timings, transfer: [] };
    case "hoard":
      for (const hoard: number[][] = []; ; ) hoard.push(Array.from({ length: 100_000 }, Math.random));
    case "print":
      console.log("printed by the model");
      break;
    case "stream":
      for (const i of [0, 1, 2]) {
        for (const index of requests.keys()) partial(index, { outputs: [], parameters: { i } });
      }
      break;
    case "stream-slowly":
      partial(0, { outputs: [] });
      return new Promise(() => undefined);
    case "environment": {
      const text = new TextEncoder().encode(JSON.stringify(process.env));
      const output = { name: "x", datatype: "UINT8", shape: [text.length, 1], bytes: text } as const;
      return { results: [{ outputs: [output] }], timings, transfer: [] };
    }
    case undefined:
      break;
  }
  const transfer = inputs.map(({ bytes }) => bytes.buffer as ArrayBuffer);
  return { results: requests.map(() => ({ outputs: inputs, parameters: { pid: process.pid } })), timings, transfer };
}

serveEngine({
  port: workerPort(),
  engines: { failing: async () => create },
  now: () => performance.now(),
  random: () => Math.random(),
  epoch: () => 0,
  hostname: "host",
});
