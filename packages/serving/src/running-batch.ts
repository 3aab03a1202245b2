// A batch that runs: its callers, and the signal that stops it when all of them have left.
import { InferenceError, type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { BatchResult } from "./batch-runner.ts";
import type { Caller, Place } from "./caller.ts";
import type { Execution } from "./execution.ts";

const nsPerMs = 1e6;

export class RunningBatch implements Place {
  readonly requests: readonly InferenceRequest[];
  readonly #callers: readonly Caller[];
  readonly #started: number;
  readonly #abort = new AbortController();
  #waiting: number;

  constructor(callers: readonly Caller[], { started }: { readonly started: number }) {
    this.#callers = callers;
    this.#started = started;
    this.#waiting = callers.length;
    this.requests = callers.map(({ request }) => request);
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
  readonly onPartial = (index: number, response: InferenceResponse): void => this.#callers[index]?.part(response);

  /** Gives each caller its own result. */
  settle(results: readonly BatchResult[]): void {
    for (const [i, caller] of this.#callers.entries()) {
      caller.settle(results[i] ?? new InferenceError("internal", {}));
    }
  }

  /** What the statistics shall know; null if no request was answered. */
  execution(results: readonly BatchResult[], ended: number): Execution | null {
    const queueNs: number[] = [];
    let rows = 0;
    let answeredRows = 0;
    let timings: Execution["timings"] | undefined;
    for (const [i, caller] of this.#callers.entries()) {
      rows += caller.rows;
      const result = results[i];
      if (result === undefined || isInferenceError(result)) continue;
      answeredRows += caller.rows;
      queueNs.push(Math.round((this.#started - caller.arrival) * nsPerMs));
      timings ??= result.timings;
    }
    if (queueNs.length === 0) return null;
    const computeInfer = Math.round((ended - this.#started) * nsPerMs);
    return { rows, answeredRows, queueNs, timings: timings ?? { computeInput: 0, computeInfer, computeOutput: 0 } };
  }
}
