// One request in the batcher: who waits for its answer, and until when.
import { InferenceError, type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { BatchResult } from "./batch-runner.ts";

/** Where a request is: in a queue or in a batch that runs. */
export interface Place {
  /** The caller does not wait any more. */
  leave(caller: Caller): void;
}

export interface CallerOptions {
  readonly rows: number;
  /** When the request came, by the clock. */
  readonly arrival: number;
  /** Milliseconds that it may take; null: any. */
  readonly limit: number | null;
}

export interface CallerParts {
  /** Aborts when the caller does not wait any more. */
  readonly signal: AbortSignal;
  /** Called once, when the request is answered or given up. */
  readonly whenSettled: (caller: Caller) => void;
}

/** Settles once: by an answer, by its signal, or by its deadline. */
export class Caller {
  readonly request: InferenceRequest;
  readonly rows: number;
  readonly arrival: number;
  readonly limit: number | null;
  /** Set by whoever takes it in, before anything else can happen to it. */
  place: Place | null = null;
  readonly answer: Promise<InferenceResponse>;
  readonly #parts: CallerParts;
  #resolve: (response: InferenceResponse) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /**
   * A function, not an object with `handleEvent`: Node wraps such an object anew each time, and what the wrapper holds outlives
   * the young generation (Node 24: a kilobyte of each request, until the next full collection).
   */
  readonly #leave = (): void => this.giveUp(new InferenceError("cancelled", {}));
  #settled = false;

  constructor(request: InferenceRequest, { rows, arrival, limit }: CallerOptions, parts: CallerParts) {
    this.request = request;
    this.rows = rows;
    this.arrival = arrival;
    this.limit = limit;
    this.#parts = parts;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    parts.signal.addEventListener("abort", this.#leave);
  }

  get deadline(): number {
    return this.limit === null ? Number.POSITIVE_INFINITY : this.arrival + this.limit;
  }

  settle(result: BatchResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#parts.signal.removeEventListener("abort", this.#leave);
    this.#parts.whenSettled(this);
    if (isInferenceError(result)) this.#reject(result);
    else this.#resolve(result);
  }

  /** Settles before an answer came, and gives up its place. */
  giveUp(error: BatchResult): void {
    if (this.#settled) return;
    this.settle(error);
    this.place?.leave(this);
  }
}
