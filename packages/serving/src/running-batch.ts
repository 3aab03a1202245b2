// A batch that runs: its callers, and the signal that stops it when all of them have left.
import {
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  isInferenceError,
  streamNextParameter,
} from "@sealserve/inference";
import type { BatchResult } from "./batch-runner.ts";
import type { Caller, Place } from "./caller.ts";
import type { Execution } from "./execution.ts";

const nsPerMs = 1e6;

export interface RunningBatchOptions {
  /** When it began, by the clock. */
  readonly started: number;
  /** It is one step of a model that goes on with its requests, as their answers say. Default: false. */
  readonly step?: boolean;
  /** How many of the callers, the first of them, the model knows from the step before. Default: 0. */
  readonly known?: number;
}

export class RunningBatch implements Place {
  /** Of a request that the model knows without its inputs. */
  readonly requests: readonly InferenceRequest[];
  readonly callers: readonly Caller[];
  readonly #started: number;
  readonly #step: boolean;
  readonly #known: number;
  readonly #abort = new AbortController();
  #waiting = 0;

  constructor(callers: readonly Caller[], { started, step = false, known = 0 }: RunningBatchOptions) {
    this.callers = callers;
    this.#started = started;
    this.#step = step;
    this.#known = known;
    this.#waiting = callers.length;
    this.requests = callers.map(({ request }, i) => (i < known ? { ...request, inputs: [] } : request));
    for (const caller of callers) caller.place = this;
  }

  /** Aborts when nobody waits for the results any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  leave(): void {
    this.#waiting--;
    if (this.#waiting === 0) this.#abort.abort();
  }

  /** Gives one caller an answer that others follow. */
  readonly onPartial = (index: number, response: InferenceResponse): void => this.callers[index]?.part(response);

  /** Gives each caller its own result. Returns those with whom the model goes on, and who still wait. */
  settle(results: readonly BatchResult[]): readonly Caller[] {
    const more: Caller[] = [];
    for (let i = 0; i < this.callers.length; i++) {
      const caller = this.callers[i];
      if (!caller) continue;
      const result = results[i] ?? (new InferenceError("internal", {}) as BatchResult);
      if (!this.#goesOn(result)) {
        caller.settle(result);
        continue;
      }
      caller.part(result);
      if (!caller.settled) more.push(caller);
    }
    return more;
  }

  /** What the statistics shall know; null if no request was answered. A request counts as answered at its last answer. */
  execution(results: readonly BatchResult[], ended: number): Execution | null {
    const queueNs: number[] = [];
    let rows = 0;
    let answeredRows = 0;
    let answers = 0;
    let timings: Execution["timings"] | undefined;
    for (const [i, caller] of this.callers.entries()) {
      rows += caller.rows;
      const result = results[i];
      if (result === undefined || isInferenceError(result)) continue;
      answers++;
      if (!this.#goesOn(result)) answeredRows += caller.rows;
      if (i >= this.#known) queueNs.push(Math.round((this.#started - caller.arrival) * nsPerMs));
      timings ??= result.timings;
    }
    if (answers === 0) return null;
    const computeInfer = Math.round((ended - this.#started) * nsPerMs);
    return { rows, answeredRows, queueNs, timings: timings ?? { computeInput: 0, computeInfer, computeOutput: 0 } };
  }

  #goesOn(result: BatchResult): result is InferenceResponse {
    return this.#step && !isInferenceError(result) && result.parameters?.[streamNextParameter] === "true";
  }
}
