// Counts what one version of a model does, at a constant cost for each request.
import type { AnyInferenceError, ExecutionTimings, InferenceErrorCode } from "@sealserve/inference";
import type { Clock } from "./clock.ts";
import type { Execution, ExecutionRecorder } from "./execution.ts";
import type { BatchSizeStatistics, DurationTotal, FailureReason, VersionStatistics } from "./statistics-snapshot.ts";

/** Which of Triton's reasons each failure counts under (`nv_inference_request_failure`). */
const failureReasons: Readonly<Record<InferenceErrorCode, FailureReason>> = {
  "queue-full": "rejected",
  "no-instance": "rejected",
  "deadline-exceeded": "rejected",
  "shutting-down": "rejected",
  cancelled: "cancelled",
  unreachable: "engine",
  "engine-unavailable": "engine",
  "engine-failed": "engine",
  "handler-failed": "engine",
  "model-not-found": "other",
  "version-not-found": "other",
  "model-not-ready": "other",
  malformed: "other",
  "too-large": "other",
  "missing-input": "other",
  "unexpected-input": "other",
  "unknown-datatype": "other",
  "datatype-mismatch": "other",
  "invalid-shape": "other",
  "shape-mismatch": "other",
  "size-mismatch": "other",
  "invalid-value": "other",
  "batch-too-large": "other",
  "unknown-output": "other",
  "invalid-parameter": "other",
  unsupported: "other",
  unauthorized: "other",
  unavailable: "other",
  "model-set-changed": "other",
  "not-converged": "other",
  "load-failed": "other",
  "already-loaded": "other",
  "default-version": "other",
  internal: "other",
};

const nsPerMs = 1e6;

export interface StatisticsOptions {
  readonly model: string;
  readonly version: string;
}

export class ModelStatistics implements ExecutionRecorder {
  readonly #options: StatisticsOptions;
  readonly #clock: Clock;
  readonly #success = new Total();
  readonly #fail = new Total();
  readonly #failures: Record<FailureReason, number> = { rejected: 0, cancelled: 0, engine: 0, other: 0 };
  readonly #queue = new Total();
  readonly #compute = new ComputeTotals();
  readonly #batches = new Map<number, ComputeTotals>();
  #lastInference = 0;
  #inferenceCount = 0;
  #executionCount = 0;
  #pending = 0;
  #waiting: () => number = () => 0;

  constructor(options: StatisticsOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = clock;
  }

  /** A request came. Hand what it returns to `succeed` or `fail`, one of which must follow. */
  begin(): number {
    this.#pending++;
    return this.#clock.now();
  }

  succeed(begun: number): void {
    this.#pending--;
    this.#success.add(1, this.#nsSince(begun));
  }

  fail(begun: number, error: AnyInferenceError): void {
    this.#pending--;
    this.#fail.add(1, this.#nsSince(begun));
    this.#failures[failureReasons[error.code]]++;
  }

  /** The request that began here turns out to be another version's, which counts it from now on. */
  pass(to: ModelStatistics): void {
    this.#pending--;
    to.#pending++;
  }

  /** Rows that an engine elsewhere has answered. */
  recordAnswer(rows: number): void {
    this.#lastInference = this.#clock.epoch();
    this.#inferenceCount += rows;
  }

  /** As Triton counts: a batch once under its size, and its durations once for each request answered. */
  recordExecution({ rows, answeredRows, queueNs, timings }: Execution): void {
    this.#lastInference = this.#clock.epoch();
    this.#inferenceCount += answeredRows;
    this.#executionCount++;
    for (const ns of queueNs) this.#queue.add(1, ns);
    this.#compute.add(queueNs.length, timings);
    const batch = this.#batches.get(rows) ?? new ComputeTotals();
    this.#batches.set(rows, batch);
    batch.add(1, timings);
  }

  watchQueue(waiting: () => number): void {
    this.#waiting = waiting;
  }

  snapshot(): VersionStatistics {
    return {
      ...this.#options,
      lastInference: this.#lastInference,
      inferenceCount: this.#inferenceCount,
      executionCount: this.#executionCount,
      success: this.#success.snapshot(),
      fail: this.#fail.snapshot(),
      failures: { ...this.#failures },
      queue: this.#queue.snapshot(),
      ...this.#compute.snapshot(),
      batches: [...this.#batches]
        .map(([batchSize, totals]): BatchSizeStatistics => ({ batchSize, ...totals.snapshot() }))
        .sort((a, b) => a.batchSize - b.batchSize),
      pending: this.#pending,
      waiting: this.#waiting(),
    };
  }

  #nsSince(begun: number): number {
    return Math.round((this.#clock.now() - begun) * nsPerMs);
  }
}

class Total {
  #count = 0;
  #ns = 0;

  add(count: number, ns: number): void {
    this.#count += count;
    this.#ns += ns;
  }

  snapshot(): DurationTotal {
    return { count: this.#count, ns: this.#ns };
  }
}

class ComputeTotals {
  readonly #input = new Total();
  readonly #infer = new Total();
  readonly #output = new Total();

  add(count: number, { computeInput, computeInfer, computeOutput }: ExecutionTimings): void {
    this.#input.add(count, count * computeInput);
    this.#infer.add(count, count * computeInfer);
    this.#output.add(count, count * computeOutput);
  }

  snapshot(): Pick<VersionStatistics, "computeInput" | "computeInfer" | "computeOutput"> {
    return {
      computeInput: this.#input.snapshot(),
      computeInfer: this.#infer.snapshot(),
      computeOutput: this.#output.snapshot(),
    };
  }
}
