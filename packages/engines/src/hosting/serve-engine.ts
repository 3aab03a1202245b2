// The engine's side of the border: loads one engine, runs batches one after another, closes.

import { warmUp } from "./warm-up.ts";
import type { HostMessage } from "./wire.ts";
import { toWireError } from "./wire-error.ts";
import type { CreateEngine, EngineTable, WorkerEngine, WorkerParts } from "./worker-engine.ts";
import type { WorkerPort } from "./worker-port.ts";

/** `random` gives numbers from 0 up to 1, for warm-up values. */
export interface ServeEngineParts {
  readonly port: WorkerPort;
  readonly engines: EngineTable;
  readonly now: () => number;
  readonly random: () => number;
}

type MessageOf<T extends HostMessage["type"]> = Extract<HostMessage, { type: T }>;

/** Answers the messages of `port` in their order until it is told to close. */
export function serveEngine({ port, engines, now, random }: ServeEngineParts): void {
  let engine: WorkerEngine | null = null;
  let last: Promise<void> = Promise.resolve();

  const native: WorkerParts["native"] = (work) => port.gate.pass(work);

  async function load({ engine: name, model, data, warmup }: MessageOf<"load">): Promise<void> {
    try {
      const create = await createEngineOf(engines, name);
      engine = await create(data, { model, now, native });
      await warmUp(engine, warmup, random);
      port.post({ type: "loaded", metadata: engine.metadata }, []);
    } catch (error) {
      port.post({ type: "load-failed", error: toWireError(error) }, []);
    }
  }

  async function run({ id, batch }: MessageOf<"run">): Promise<void> {
    try {
      if (!engine) throw new Error("no model is loaded");
      const { results, timings, transfer } = await engine.run(batch, (index, response) =>
        port.post({ type: "partial", id, index, response }, []),
      );
      port.post({ type: "ran", id, results, timings }, transfer);
    } catch (error) {
      port.post({ type: "run-failed", id, error: toWireError(error) }, []);
    }
  }

  async function close(): Promise<void> {
    try {
      await engine?.close();
    } finally {
      port.close();
    }
  }

  function answer(message: HostMessage): Promise<void> {
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
    last = last.then(() => answer(message));
  });
}

async function createEngineOf(engines: EngineTable, name: string): Promise<CreateEngine> {
  const imported = engines[name];
  if (!imported) throw new Error(`there is no engine '${name}'; there are ${Object.keys(engines).join(", ")}`);
  return await imported();
}
