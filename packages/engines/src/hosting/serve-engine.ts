// The engine's side of the border: loads one engine, runs batches one after another, closes.
import type { EngineMetric } from "./engine-metric.ts";
import { PartialFlow } from "./partial-flow.ts";
import { warmUp } from "./warm-up.ts";
import type { EngineReport, HostMessage } from "./wire.ts";
import { toWireError } from "./wire-error.ts";
import type { CreateEngine, EngineTable, WorkerEngine, WorkerParts } from "./worker-engine.ts";
import type { WorkerPort } from "./worker-port.ts";

/** `random` gives numbers from 0 up to 1, for warm-up values; `epoch` milliseconds since the epoch. */
export interface ServeEngineParts {
  readonly port: WorkerPort;
  readonly engines: EngineTable;
  readonly now: () => number;
  readonly random: () => number;
  readonly epoch: () => number;
  readonly hostname: string;
}

/** Metrics that go out with one message; more are left out. */
const maxMetrics = 10_000;

type InTurn = Exclude<HostMessage, { type: "taken" }>;
type MessageOf<T extends HostMessage["type"]> = Extract<HostMessage, { type: T }>;

/** Answers the messages of `port` in their order until it is told to close. */
export function serveEngine({ port, engines, now, random, epoch, hostname }: ServeEngineParts): void {
  let engine: WorkerEngine | null = null;
  let last: Promise<void> = Promise.resolve();
  const metrics: EngineMetric[] = [];
  const flows = new Map<number, PartialFlow>();

  const native: WorkerParts["native"] = (work) => port.gate.pass(work);
  const metric: WorkerParts["metric"] = (given) => {
    if (metrics.length < maxMetrics) metrics.push({ ...given, hostname, time: Math.floor(epoch() / 1000) });
  };

  function post(message: EngineReport, transfer: readonly ArrayBuffer[] = []): void {
    port.post(metrics.length === 0 ? message : { ...message, metrics: metrics.splice(0) }, transfer);
  }

  async function load({ engine: name, model, data, warmup }: MessageOf<"load">): Promise<void> {
    try {
      const create = await createEngineOf(engines, name);
      engine = await create(data, { model, now, native, metric });
      await warmUp(engine, warmup, random);
      post({ type: "loaded", metadata: engine.metadata });
    } catch (error) {
      post({ type: "load-failed", error: toWireError(error) });
    }
  }

  async function run({ id, batch }: MessageOf<"run">): Promise<void> {
    const flow = new PartialFlow();
    flows.set(id, flow);
    try {
      if (!engine) throw new Error("no model is loaded");
      const { results, timings, transfer } = await engine.run(batch, (index, response) => {
        post({ type: "partial", id, index, response });
        return flow.sent();
      });
      post({ type: "ran", id, results, timings }, transfer);
    } catch (error) {
      post({ type: "run-failed", id, error: toWireError(error) });
    } finally {
      flows.delete(id);
    }
  }

  async function close(): Promise<void> {
    try {
      await engine?.close();
    } finally {
      port.close();
    }
  }

  function answer(message: InTurn): Promise<void> {
    switch (message.type) {
      case "load":
        return load(message);
      case "run":
        return run(message);
      case "close":
        return close();
    }
  }

  port.onMessage((message) => {
    // What runs waits for it.
    if (message.type === "taken") flows.get(message.id)?.taken(message.wanted);
    else last = last.then(() => answer(message));
  });
}

async function createEngineOf(engines: EngineTable, name: string): Promise<CreateEngine> {
  const imported = engines[name];
  if (!imported) throw new Error(`there is no engine '${name}'; there are ${Object.keys(engines).join(", ")}`);
  return await imported();
}
