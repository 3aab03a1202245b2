// One request in a scheduler: who waits for its answers, and until when.
import { InferenceError, type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { BatchResult } from "./batch-runner.ts";
import { HeldAnswers } from "./held-answers.ts";
import { joinedAnswers } from "./joined-answers.ts";

/** Where a request is: in a queue or in a batch that runs. */
export interface Place {
  /** The caller does not wait any more. */
  leave(caller: Caller): void;
}

export interface CallerOptions {
  /** It shares no batch. Default: false. */
  readonly alone?: boolean;
  readonly rows: number;
  /** When the request came, by the clock. */
  readonly arrival: number;
  /** Milliseconds that it may take; null: any. */
  readonly limit: number | null;
  /** Bytes of answers that may be held for it. */
  readonly maxHeld: number;
  /** It reads answers as they come; else it is given one made of all. */
  readonly streams: boolean;
}

export interface CallerParts {
  /** Aborts when the caller does not wait any more. */
  readonly signal: AbortSignal;
  /** Called once, when the request is answered or given up. */
  readonly whenSettled: (caller: Caller) => void;
}

/** Settles once: by its last answer, by its signal, or by its deadline. */
export class Caller {
  readonly request: InferenceRequest;
  readonly rows: number;
  readonly arrival: number;
  readonly limit: number | null;
  readonly alone: boolean;
  /** Set by whoever takes it in, before anything else can happen to it. */
  place: Place | null = null;
  readonly answer: Promise<InferenceResponse>;
  readonly #options: CallerOptions;
  readonly #parts: CallerParts;
  #resolve: (response: InferenceResponse) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /**
   * A function, not an object with `handleEvent`: Node wraps such an object anew each time, and what the wrapper holds outlives
   * the young generation (Node 24: a kilobyte of each request, until the next full collection).
   */
  readonly #leave = (): void => {
    // An error that nobody gets is not made: its stack costs more than the rest of a small request here.
    if (!this.#settled) this.giveUp(new InferenceError("cancelled", {}));
  };
  #settled = false;
  /** Made for the few requests that are answered in parts. */
  #held: HeldAnswers | null = null;
  #wake: (() => void) | null = null;

  constructor(request: InferenceRequest, options: CallerOptions, parts: CallerParts) {
    this.request = request;
    this.rows = options.rows;
    this.arrival = options.arrival;
    this.limit = options.limit;
    this.alone = options.alone ?? false;
    this.#options = options;
    this.#parts = parts;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever reads a stream may have left before anybody asks for its end.
    if (options.streams) this.answer.catch(() => undefined);
    parts.signal.addEventListener("abort", this.#leave);
  }

  get deadline(): number {
    return this.limit === null ? Number.POSITIVE_INFINITY : this.arrival + this.limit;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** An answer that others follow. Gives the request up where more is held for it than may be. */
  part(response: InferenceResponse): void {
    if (this.#settled) return;
    this.#held ??= new HeldAnswers();
    this.#held.add(response);
    const found = this.#held.bytes;
    const limit = this.#options.maxHeld;
    if (found > limit) {
      const what = this.#options.streams ? "what is not read yet of an answer" : "an answer in parts";
      this.giveUp(new InferenceError("too-large", { what, limit, found }));
    }
    this.#wake?.();
  }

  settle(result: BatchResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#parts.signal.removeEventListener("abort", this.#leave);
    this.#parts.whenSettled(this);
    if (isInferenceError(result)) this.#reject(result);
    else this.#resolve(this.#whole(result));
    this.#wake?.();
  }

  /** Settles before an answer came, and gives up its place. */
  giveUp(error: BatchResult): void {
    if (this.#settled) return;
    this.settle(error);
    this.place?.leave(this);
  }

  /** All answers as they come, where it `streams`. Throws what it is settled with. Whoever stops reading gives the request up. */
  async *answers(): AsyncGenerator<InferenceResponse, void, undefined> {
    try {
      for (;;) {
        const next = this.#held?.take();
        if (next) yield next;
        else if (this.#settled) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      yield await this.answer;
    } finally {
      this.#leave();
    }
  }

  #whole(last: InferenceResponse): InferenceResponse {
    return this.#held && !this.#options.streams ? joinedAnswers(this.#held.takeAll(), last) : last;
  }
}
