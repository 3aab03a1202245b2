// A batch runner that works on several lanes at once and watches that nobody asks it for what its interface forbids.
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { decodeByteStrings, type InferenceRequest, parametersToHeaders } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import type { BatchResult, BatchRunner, RunOptions } from "@sealserve/serving";
import { HandDrivenRunner, textAnswer } from "./hand-driven-runner.ts";

export interface SteppingOptions {
  readonly concurrency: number;
  readonly maxBatchSize: number;
}

/**
 * Of kind `fields`. A request that asks for `NAME:COUNT` gets that many answers, `NAME.0` and so on, one a step: what it has answered it
 * knows by its id, on the lane where it came first. It runs one batch a lane, for a few turns of the event loop.
 */
export class SteppingRunner implements BatchRunner {
  concurrency: number;
  /** `LANE:NAME.STEP` of all answers, in their order. */
  readonly steps: string[] = [];
  readonly #maxBatchSize: number;
  readonly #known: Map<string, { readonly name: string; readonly count: number; step: number }>[] = [];
  readonly #running = new Set<number>();
  #turns = 0;

  constructor({ concurrency, maxBatchSize }: SteppingOptions) {
    this.concurrency = concurrency;
    this.#maxBatchSize = maxBatchSize;
  }

  metadata() {
    return new HandDrivenRunner({ kind: "fields", maxBatchSize: this.#maxBatchSize }).metadata();
  }

  async resize(instances: number): Promise<void> {
    this.concurrency = instances;
  }

  async run(
    requests: readonly InferenceRequest[],
    _signal: AbortSignal,
    { lane }: RunOptions = {},
  ): Promise<readonly BatchResult[]> {
    assert.ok(lane !== undefined && lane < this.concurrency, `there is no lane ${lane}`);
    assert.ok(!this.#running.has(lane), `lane ${lane} runs already`);
    assert.ok(requests.length <= this.#maxBatchSize, `${requests.length} requests at once`);
    const ids = requests.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "two requests with one id");
    this.#running.add(lane);
    for (let i = this.#turns++ % 3; i > 0; i--) await turn();
    const results = requests.map((request) => this.#step(request, lane));
    this.#running.delete(lane);
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #step({ id = "", inputs, parameters }: InferenceRequest, lane: number): BatchResult {
    const known = this.#known[lane] ?? new Map();
    this.#known[lane] = known;
    if (inputs.length > 0) {
      const [name = "", count = "1"] =
        inputs
          .flatMap((input) => decodeByteStrings(input.name, input.bytes))
          .map(textOf)[0]
          ?.split(":") ?? [];
      known.set(id, { name, count: Number(count), step: 0 });
    }
    const found = known.get(id) ?? assert.fail(`lane ${lane} does not know '${id}'`);
    const text = `${found.name}.${found.step++}`;
    const over = found.step >= found.count;
    if (over) known.delete(id);
    this.steps.push(`${lane}:${text}`);
    const { mark = "" } = parametersToHeaders(parameters);
    return { ...textAnswer(text, { ts_stream_next: String(!over), mark }), id };
  }
}
