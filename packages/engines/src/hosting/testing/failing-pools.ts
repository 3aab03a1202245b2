// Pools of engines that fail as they are told, what happens to them, and requests for them.
import assert from "node:assert/strict";
import { type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import { VirtualClock } from "../../../../../conformance/suites/virtual-clock.ts";
import type { Isolation } from "../../model-definition.ts";
import { defaultBackOff } from "../back-off.ts";
import { type EngineEvent, openInstancePool, type PoolOptions, type PoolParts } from "../instance-pool.ts";
import type { Act, FailingInit } from "./failing-worker.ts";

const never = new AbortController().signal;

export class Events {
  readonly seen: EngineEvent[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add = (event: EngineEvent): void => {
    this.seen.push(event);
    for (const look of this.#waiting) look();
  };

  count(type: EngineEvent["type"]): number {
    return this.seen.filter((event) => event.type === type).length;
  }

  /** Resolves once `count` events of this type have been seen. */
  reach(type: EngineEvent["type"], count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.count(type) < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export interface Opened {
  readonly pool: BatchRunner;
  readonly events: Events;
  readonly clock: VirtualClock;
}

export const init = (load: FailingInit["load"]) => async () => ({ data: { load } satisfies FailingInit, transfer: [] });

export const optionsOf = (isolation: Isolation, instances: number): PoolOptions => ({
  model: "m",
  version: "1",
  engine: "failing",
  isolation,
  instances,
  limits: null,
  loadTimeout: 5000,
  responseTimeout: 1000,
  grace: 2000,
  warmup: [],
  backOff: defaultBackOff,
  entry: new URL("./failing-worker.ts", import.meta.url),
});

export async function open(
  isolation: Isolation,
  instances = 1,
  parts: Partial<PoolParts> = {},
  changes: Partial<PoolOptions> = {},
): Promise<Opened> {
  const events = new Events();
  const clock = new VirtualClock();
  const all = { clock, init: init("well"), onEvent: events.add, ...parts };
  const options = { ...optionsOf(isolation, instances), ...changes };
  return { pool: await openInstancePool(options, all, never), events, clock };
}

export function request(act?: Act, value = 1): InferenceRequest {
  const input = { name: "x", datatype: "UINT8", shape: [1, 1], bytes: Uint8Array.of(value) } as const;
  return { model: { name: "m" }, inputs: [input], ...(act && { parameters: { act } }) };
}

export async function answer(pool: BatchRunner, asked: InferenceRequest): Promise<InferenceResponse> {
  const [result] = await pool.run([asked], never);
  assert.ok(result && !isInferenceError(result));
  return result;
}
