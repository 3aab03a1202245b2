// The front of every scheduler: which requests come in, until when they may wait, and how their answers are read.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
} from "@sealserve/inference";
import { runsAlone } from "./batch-key.ts";
import type { BatchRunner } from "./batch-runner.ts";
import { Caller } from "./caller.ts";
import type { Clock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { rowsOf } from "./request-rows.ts";
import type { Scheduled } from "./scheduled.ts";
import type { Scheduler } from "./scheduler.ts";
import { watchedStream } from "./watched-stream.ts";

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
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

const defaultMaxHeld = 64 * 2 ** 20;

export class Reception implements Scheduled {
  readonly #options: ReceptionOptions;
  readonly #parts: ReceptionParts;
  readonly #metadata: ModelMetadata;
  readonly #deadlines: Deadlines;
  readonly #forget: (caller: Caller) => void;
  #closed = false;

  constructor(options: ReceptionOptions, parts: ReceptionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#metadata = parts.runner.metadata();
    this.#deadlines = new Deadlines({ model: this.#metadata.name }, { clock: parts.clock });
    this.#forget = (caller) => this.#deadlines.forget(caller);
  }

  metadata(): ModelMetadata {
    return this.#metadata;
  }

  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    const refusal = this.#refusal(signal);
    if (refusal !== null) return Promise.reject(refusal);
    return this.#enter(request, signal, false).answer;
  }

  inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    return watchedStream({
      begin: () => {
        const refusal = this.#refusal(signal);
        if (refusal !== null) throw refusal;
        return this.#enter(request, signal, true).answers();
      },
    });
  }

  async resize(instances: number, signal: AbortSignal): Promise<void> {
    const { runner, scheduler } = this.#parts;
    try {
      await runner.resize?.(instances, signal);
    } finally {
      scheduler.resized();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#parts.scheduler.close();
    this.#deadlines.stop();
  }

  #refusal(signal: AbortSignal): AnyInferenceError | null {
    const { runner, scheduler } = this.#parts;
    if (signal.aborted) return new InferenceError("cancelled", {});
    if (this.#closed) return new InferenceError("shutting-down", {});
    return runner.concurrency === 0 ? noInstance(this.#metadata) : scheduler.refusal();
  }

  #enter(request: InferenceRequest, signal: AbortSignal, streams: boolean): Caller {
    const { clock, scheduler } = this.#parts;
    const metadata = this.#metadata;
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
    scheduler.admit(caller);
    return caller;
  }
}

export function noInstance({ name, version }: ModelMetadata): InferenceError<"no-instance"> {
  return new InferenceError("no-instance", { model: name, version });
}
