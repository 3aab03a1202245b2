// The suites of the interfaces, run over what this package itself implements.
import { batchRunnerSuite } from "@sealserve/conformance/suites/batch-runner-suite";
import { echoServable } from "@sealserve/conformance/suites/hand-driven-loader";
import { echo, echoRequest, HandDrivenRunner, textRequest } from "@sealserve/conformance/suites/hand-driven-runner";
import { loaderSuite } from "@sealserve/conformance/suites/loader-suite";
import { servableSuite } from "@sealserve/conformance/suites/servable-suite";
import { SteppingRunner } from "@sealserve/conformance/suites/stepping-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import type { InferenceRequest } from "@sealserve/inference";
import type { BatchResult, BatchRunner } from "./batch-runner.ts";
import { batched } from "./batched.ts";
import { checked } from "./checked.ts";
import { concatenateRows } from "./concatenate-rows.ts";
import { continuous } from "./continuous.ts";
import { measured } from "./measured.ts";
import { ModelStatistics } from "./model-statistics.ts";
import { sequenced } from "./sequenced.ts";
import { splitRows } from "./split-rows.ts";

const requests = [echoRequest(1), echoRequest(2, 2), echoRequest(3, 3)];

/** Runs batches as engines do: as one concatenated request whose answer is split. */
class EchoRunner implements BatchRunner {
  readonly concurrency = 2;
  readonly #running = new Set<Promise<unknown>>();

  metadata() {
    return new HandDrivenRunner().metadata();
  }

  async run(batch: readonly InferenceRequest[]): Promise<readonly BatchResult[]> {
    const turn = Promise.resolve();
    this.#running.add(turn);
    await turn;
    this.#running.delete(turn);
    const whole = echo({ model: { name: "echo" }, inputs: concatenateRows(batch) });
    return splitRows(
      whole,
      batch.map(({ inputs }) => inputs[0]?.shape[0] ?? 0),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }
}

batchRunnerSuite("an echo of concatenated rows", async () => ({ runner: new EchoRunner(), requests }));

servableSuite("a measured, checked batcher", async () => {
  const clock = new VirtualClock();
  const runner = new EchoRunner();
  const statistics = new ModelStatistics({ model: "echo", version: "1" }, { clock });
  const options = { maxQueueDelay: 0, preferredBatchSizes: [], maxQueueSize: 100 };
  const batcher = batched(options, { runner, clock, statistics });
  return {
    servable: measured(checked(batcher), statistics),
    requests,
    [Symbol.asyncDispose]: () => batcher[Symbol.asyncDispose](),
  };
});

const texts = [textRequest("a:1"), textRequest("b:3"), textRequest("c:2")];
const steps = () => new SteppingRunner({ concurrency: 2, maxBatchSize: 2 });
let ids = 0;
const newId = () => `${ids++}`;

servableSuite("a continuous scheduler", async () => {
  const runner = steps();
  const parts = { runner, clock: new VirtualClock(), newId };
  const servable = continuous({ maxQueueDelay: 0, maxQueueSize: 100 }, parts);
  return { servable: checked(servable), requests: texts, [Symbol.asyncDispose]: () => servable[Symbol.asyncDispose]() };
});

servableSuite("a scheduler of sequences that go on by steps", async () => {
  const runner = steps();
  const parts = { runner, clock: new VirtualClock(), newId };
  const sequences = { maxSequences: 100, maxQueueSize: 10, idleTimeout: 0, timeout: 0 };
  const servable = sequenced({ maxQueueDelay: 0, continuous: true, sequences }, parts);
  return { servable: checked(servable), requests: texts, [Symbol.asyncDispose]: () => servable[Symbol.asyncDispose]() };
});

loaderSuite("an echo", async () => ({
  loader: { estimate: () => ({ memory: 0 }), load: async () => echoServable(), unload: () => Promise.resolve() },
  request: echoRequest(1),
  broken: {
    estimate: () => ({ memory: 0 }),
    load: () => Promise.reject(new Error("broken")),
    unload: () => Promise.resolve(),
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));
