// What a version has done so far: the numbers that Triton's statistics API and Prometheus are written from.

/** How often and how long in all, in nanoseconds. */
export interface DurationTotal {
  readonly count: number;
  readonly ns: number;
}

/** Why requests failed (Triton: `nv_inference_request_failure`). */
export type FailureReason = "rejected" | "cancelled" | "engine" | "other";

export interface BatchSizeStatistics {
  readonly batchSize: number;
  readonly computeInput: DurationTotal;
  readonly computeInfer: DurationTotal;
  readonly computeOutput: DurationTotal;
}

export interface VersionStatistics {
  readonly model: string;
  readonly version: string;
  /** Milliseconds since the epoch; 0 before the first. */
  readonly lastInference: number;
  /** Rows answered; a request of batch size 8 counts 8. */
  readonly inferenceCount: number;
  /** Batches run. */
  readonly executionCount: number;
  readonly success: DurationTotal;
  readonly fail: DurationTotal;
  readonly failures: Readonly<Record<FailureReason, number>>;
  readonly queue: DurationTotal;
  readonly computeInput: DurationTotal;
  readonly computeInfer: DurationTotal;
  readonly computeOutput: DurationTotal;
  /** Ascending by batch size. */
  readonly batches: readonly BatchSizeStatistics[];
  /** Requests that wait or run now. */
  readonly pending: number;
  /** Of these, the requests that wait to be run. */
  readonly waiting: number;
}
