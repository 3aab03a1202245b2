// What runs batches of requests: the side of an engine that the batcher sees.
import type { AnyInferenceError, InferenceRequest, InferenceResponse, ModelMetadata } from "@sealserve/inference";

/** The answer to one request of a batch: a failure of one leaves the others alone. */
export type BatchResult = InferenceResponse | AnyInferenceError;

/** What a batch may ask of its run. */
export interface RunOptions {
  /** From 0 to `concurrency` - 1: the instance that runs it, for which it waits. Left out: any. */
  readonly lane?: number;
  /**
   * Called with every answer to request `index` of the batch but its last, as they come; the last is among the results. Must not throw.
   */
  readonly onPartial?: (index: number, response: InferenceResponse) => void;
}

/** One copy of a model, as those who look after a server see it. */
export interface InstanceStatus {
  /** Given once in the life of the runner. */
  readonly id: string;
  /** Milliseconds since the epoch: since when it is in this state. */
  readonly since: number;
  /** `waiting`: it ended, and is not being started yet. */
  readonly state: "ready" | "starting" | "waiting";
  /** The process that it is in; null where there is none now. */
  readonly pid: number | null;
}

/** Implemented by every engine. Whoever creates it disposes it; disposing waits for what runs. */
export interface BatchRunner extends AsyncDisposable {
  /** How many batches may run at once: the engine's instances. Changes by `resize` only; 0: none may run. */
  readonly concurrency: number;
  /** How many batches more it takes just now, to begin them within a moment. May change at any time. Absent: none. */
  readonly ahead?: number;
  /** Constant; `versions` holds its own version only. */
  metadata(): ModelMetadata;
  /**
   * Runs requests together. All have the same input names, datatypes and shapes but for the first dimension; without a batch
   * dimension (`maxBatchSize` 0) there is exactly one. Requests of kind `fields` may have any inputs, or none. The result has one entry a request, in their order.
   * Rejects with `InferenceError` where the whole batch failed: `engine-failed`, `engine-unavailable`, `deadline-exceeded`,
   * `no-instance`.
   * When `signal` aborts, nobody wants the results any more: it may reject with `cancelled` early.
   */
  run(batch: readonly InferenceRequest[], signal: AbortSignal, options?: RunOptions): Promise<readonly BatchResult[]>;
  /**
   * From now on this many instances; those that stay go on undisturbed, and those that go end what they run. Fulfilled once all are
   * ready and the others are gone. Rejects, with as many as before, where a new one cannot be loaded. Absent: their number is fixed.
   */
  resize?(instances: number, signal: AbortSignal): Promise<void>;
  /** Absent: it has none that could be looked at. */
  instances?(): readonly InstanceStatus[];
}
