// Whatever the order in which requests come, leave, run, fail and time out: each caller gets its own answer.
import assert from "node:assert/strict";
import {
  echo,
  echoRequest,
  engineFailure,
  type HandDrivenBatch,
  HandDrivenRunner,
} from "@sealserve/conformance/suites/hand-driven-runner";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { type InferenceRequest, type InferenceResponse, isInferenceError, typedValues } from "@sealserve/inference";
import { batched } from "./batched.ts";
import type { Servable } from "./servable.ts";

const interleavings = 100_000;

/** Why callers leave; one for all, since the default is made with a stack each time. */
const left = new Error("left");

/** Random whole numbers below a bound; the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** One caller, and what became of it. */
interface Sent {
  readonly value: number;
  readonly request: InferenceRequest;
  readonly leave: AbortController;
  outcome: "waiting" | "answered" | "refused";
}

class Interleaving {
  readonly #random: (bound: number) => number;
  readonly #clock = new VirtualClock();
  readonly #runner: HandDrivenRunner;
  readonly #maxBatchSize: number;
  readonly #servable: Servable & AsyncDisposable;
  readonly #sent: Sent[] = [];
  readonly #outcomes: Promise<void>[] = [];
  readonly #gone = new Set<InferenceRequest>();
  readonly #started = new Set<InferenceRequest>();
  readonly #seen = new Set<HandDrivenBatch>();

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
    this.#maxBatchSize = this.#random(5);
    this.#runner = new HandDrivenRunner({ maxBatchSize: this.#maxBatchSize, concurrency: 1 + this.#random(2) });
    const options = {
      maxQueueDelay: this.#random(2) * 5,
      preferredBatchSizes: this.#random(3) === 0 ? [2] : [],
      maxQueueSize: this.#random(6),
    };
    this.#servable = batched(options, { runner: this.#runner, clock: this.#clock });
  }

  async run(): Promise<void> {
    const steps = [this.#send, this.#send, this.#leave, this.#end, this.#end, this.#pass];
    for (let i = 5 + this.#random(10); i > 0; i--) {
      steps[this.#random(steps.length)]?.call(this);
      this.#checkBatches();
      if (this.#random(3) === 0) await Promise.resolve();
    }
    const unfinished = () => this.#runner.running.length > 0 || this.#sent.some(({ outcome }) => outcome === "waiting");
    for (let round = 0; unfinished(); round++) {
      assert.ok(round < 1000, "somebody waits for ever");
      this.#clock.advance(5);
      this.#checkBatches();
      this.#runner.running[0]?.answer();
      await Promise.resolve();
    }
    await this.#servable[Symbol.asyncDispose]();
    await Promise.all(this.#outcomes);
    assert.equal(this.#clock.timers, 0);
  }

  #send(): void {
    const value = this.#sent.length;
    const rows = this.#maxBatchSize === 0 ? 1 : 1 + this.#random(this.#maxBatchSize);
    const request = echoRequest(value, rows, 1 + this.#random(2));
    const timed = this.#random(3) === 0 ? { ...request, timeout: this.#random(8) } : request;
    const sent: Sent = { value, request: timed, leave: new AbortController(), outcome: "waiting" };
    this.#sent.push(sent);
    const answer = this.#servable.infer(timed, sent.leave.signal);
    this.#outcomes.push(
      answer.then(
        (response) => this.#answered(sent, response),
        (error) => this.#refused(sent, error),
      ),
    );
  }

  #refused(sent: Sent, error: unknown): void {
    assert.equal(sent.outcome, "waiting");
    sent.outcome = "refused";
    assert.ok(isInferenceError(error));
    if (error.code === "cancelled") assert.ok(sent.leave.signal.aborted);
    else if (error.code === "deadline-exceeded") assert.ok(sent.request.timeout !== undefined);
    else assert.ok(error.code === "queue-full" || error.code === "engine-failed", error.code);
  }

  #answered(sent: Sent, { outputs }: InferenceResponse): void {
    assert.equal(sent.outcome, "waiting");
    sent.outcome = "answered";
    const [output] = outputs;
    assert.ok(output);
    assert.equal(output.shape, sent.request.inputs[0]?.shape);
    for (const value of typedValues("FP32", output.bytes)) assert.equal(value, sent.value);
  }

  #leave(): void {
    this.#checkBatches();
    const sent = this.#sent[this.#random(this.#sent.length)];
    if (sent === undefined) return;
    sent.leave.abort(left);
    if (!this.#started.has(sent.request)) this.#gone.add(sent.request);
  }

  /** Ends a batch, not always the oldest: with answers, with a failure of all, or of its first request only. */
  #end(): void {
    const batch = this.#runner.running[this.#random(this.#runner.running.length)];
    const kind = this.#random(4);
    if (kind === 0) batch?.fail(engineFailure());
    else if (kind === 1) batch?.answer([engineFailure(), ...batch.requests.slice(1).map(echo)]);
    else batch?.answer();
  }

  #pass(): void {
    this.#clock.advance(1 + this.#random(4));
  }

  /** Batches that run now: not too many, not too large, of one shape, nobody in two. */
  #checkBatches(): void {
    assert.ok(this.#runner.running.length <= this.#runner.concurrency);
    for (const batch of this.#runner.running) {
      if (this.#seen.has(batch)) continue;
      this.#seen.add(batch);
      const { requests } = batch;
      const shapes = requests.map(({ inputs }) => inputs[0]?.shape ?? []);
      const rows = shapes.reduce((sum, [first = 0]) => sum + first, 0);
      assert.ok(requests.length === 1 || rows <= this.#maxBatchSize, `${rows} rows of ${this.#maxBatchSize}`);
      for (const [, width] of shapes) assert.equal(width, shapes[0]?.[1]);
      for (const request of requests) {
        assert.ok(!this.#started.has(request), "a request runs once");
        assert.ok(!this.#gone.has(request), "a request whose caller has left does not run");
        this.#started.add(request);
      }
    }
  }
}

// Not inside node:test, whose hooks on every promise would make this four times slower: the runner takes a file that ends
// without an error as one test that passed.
for (let seed = 0; seed < interleavings; seed++) {
  await new Interleaving(seed).run().catch((cause: unknown) => {
    throw new Error(`interleaving ${seed} failed`, { cause });
  });
}
