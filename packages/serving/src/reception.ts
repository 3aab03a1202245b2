// The front of every scheduler: which requests come in, until when they may wait, and how their answers are read.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
} from "@sealserve/inference";
import { runsAlone } from "./batch-key.ts";
import { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { rowsOf } from "./request-rows.ts";

export interface ReceptionOptions {
  /** Milliseconds that a request may take that does not say so itself; null: any. Default: null. */
  readonly timeout?: number | null;
  /**
   * Bytes of answers that are held for one request at most: of a stream those that are not read yet, else all that the one answer is
   * made of. A request for which there are more fails with `too-large`. Default: 64 MiB.
   */
  readonly maxHeld?: number;
}

export interface ReceptionParts {
  readonly clock: Clock;
  readonly metadata: ModelMetadata;
  /** Why no request is let in just now; null: they are. */
  readonly refusal: () => AnyInferenceError | null;
  /** Takes over a request that was let in. */
  readonly admit: (caller: Caller) => void;
}

const defaultMaxHeld = 64 * 2 ** 20;

export class Reception {
  readonly #options: ReceptionOptions;
  readonly #parts: ReceptionParts;
  readonly #deadlines: Deadlines;
  readonly #forget: (caller: Caller) => void;

  constructor(options: ReceptionOptions, parts: ReceptionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#deadlines = new Deadlines({ model: parts.metadata.name }, { clock: parts.clock });
    this.#forget = (caller) => this.#deadlines.forget(caller);
  }

  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    const refusal = this.#refusal(signal);
    if (refusal !== null) return Promise.reject(refusal);
    return this.#enter(request, signal, false).answer;
  }

  async *inferStream(request: InferenceRequest, signal: AbortSignal): AsyncGenerator<InferenceResponse> {
    const refusal = this.#refusal(signal);
    if (refusal !== null) throw refusal;
    yield* this.#enter(request, signal, true).answers();
  }

  /** Call when every request is settled. */
  close(): void {
    this.#deadlines.stop();
  }

  #refusal(signal: AbortSignal): AnyInferenceError | null {
    return signal.aborted ? new InferenceError("cancelled", {}) : this.#parts.refusal();
  }

  #enter(request: InferenceRequest, signal: AbortSignal, streams: boolean): Caller {
    const { clock, metadata, admit } = this.#parts;
    const { timeout = null, maxHeld = defaultMaxHeld } = this.#options;
    const caller = new Caller(
      request,
      {
        rows: metadata.maxBatchSize === 0 ? 1 : rowsOf(request),
        arrival: clock.now(),
        limit: request.timeout ?? timeout,
        alone: runsAlone(metadata.kind, request),
        ...{ maxHeld, streams },
      },
      { signal, whenSettled: this.#forget },
    );
    this.#deadlines.watch(caller);
    admit(caller);
    return caller;
  }
}
