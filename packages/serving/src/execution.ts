// One batch as it ran, for the statistics.
import type { ExecutionTimings } from "@sealserve/inference";

export interface Execution {
  /** Rows of the batch. */
  readonly rows: number;
  /** Rows of those of its requests that were answered. */
  readonly answeredRows: number;
  /** Nanoseconds that each answered request waited. */
  readonly queueNs: readonly number[];
  readonly timings: ExecutionTimings;
}

export interface ExecutionRecorder {
  /** Told of every batch of which at least one request was answered. */
  recordExecution(execution: Execution): void;
  /** `waiting` tells, whenever it is called, how many requests wait to be run. */
  watchQueue(waiting: () => number): void;
}
