// A batch runner whose batches end when the test says so.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
} from "@sealserve/inference";
import type { BatchResult, BatchRunner } from "@sealserve/serving";

export interface HandDrivenBatch {
  readonly requests: readonly InferenceRequest[];
  readonly signal: AbortSignal;
  /** Ends it with an echo of each request, or with these results. */
  answer(results?: readonly BatchResult[]): void;
  fail(error: unknown): void;
}

export interface HandDrivenOptions {
  readonly maxBatchSize?: number;
  readonly concurrency?: number;
}

/** Its model takes any FP32 tensor of two dimensions as `x` and gives it back as `y`. */
export class HandDrivenRunner implements BatchRunner {
  readonly concurrency: number;
  /** Batches that run now, in the order of their start. */
  readonly running: HandDrivenBatch[] = [];
  readonly #maxBatchSize: number;

  constructor({ maxBatchSize = 8, concurrency = 1 }: HandDrivenOptions = {}) {
    this.concurrency = concurrency;
    this.#maxBatchSize = maxBatchSize;
  }

  metadata(): ModelMetadata {
    return {
      name: "echo",
      version: "1",
      versions: ["1"],
      platform: "test",
      kind: "tensors",
      maxBatchSize: this.#maxBatchSize,
      inputs: [{ name: "x", datatype: "FP32", shape: [-1, -1] }],
      outputs: [{ name: "y", datatype: "FP32", shape: [-1, -1] }],
    };
  }

  run(requests: readonly InferenceRequest[], signal: AbortSignal): Promise<readonly BatchResult[]> {
    return new Promise((resolve, reject) => {
      const end = (): void => void this.running.splice(this.running.indexOf(batch), 1);
      const batch: HandDrivenBatch = {
        requests,
        signal,
        answer(results = requests.map(echo)) {
          end();
          resolve(results);
        },
        fail(error) {
          end();
          reject(error);
        },
      };
      this.running.push(batch);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const batch of [...this.running]) batch.fail(new InferenceError("cancelled", {}));
  }
}

/** The answer of an echo model: each input `x` becomes an output `y` on the same bytes. */
export function echo(request: InferenceRequest): InferenceResponse {
  return {
    model: { name: request.model.name, version: "1" },
    outputs: request.inputs.map((input) => ({ ...input, name: "y" })),
  };
}

/** A request of `rows` rows of `width` numbers, all `value`. */
export function echoRequest(value: number, rows = 1, width = 1): InferenceRequest {
  const values = new Float32Array(rows * width).fill(value);
  return {
    model: { name: "echo" },
    inputs: [{ name: "x", datatype: "FP32", shape: [rows, width], bytes: new Uint8Array(values.buffer) }],
  };
}

/** A failure as engines report it. */
export function engineFailure(): AnyInferenceError {
  return new InferenceError("engine-failed", { model: "echo", reason: "told to fail" });
}
