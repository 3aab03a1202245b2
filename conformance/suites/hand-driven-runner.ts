// A batch runner whose batches end when the test says so.
import {
  type AnyInferenceError,
  decodeByteStrings,
  encodeByteStrings,
  headersToParameters,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type ModelKind,
  type ModelMetadata,
} from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import type { BatchResult, BatchRunner, RunOptions } from "@sealserve/serving";

export interface HandDrivenBatch {
  readonly requests: readonly InferenceRequest[];
  readonly signal: AbortSignal;
  /** The instance that it asked for; null: any. */
  readonly lane: number | null;
  /** Gives request `index` an answer that others follow. */
  part(index: number, response: InferenceResponse): void;
  /** Ends it with an echo of each request, or with these results. */
  answer(results?: readonly BatchResult[]): void;
  fail(error: unknown): void;
}

export interface HandDrivenOptions {
  readonly maxBatchSize?: number;
  readonly concurrency?: number;
  /** Default: tensors. */
  readonly kind?: ModelKind;
}

/** Its model takes any FP32 tensor of two dimensions as `x` and gives it back as `y`; one of kind `fields` any byte strings. */
export class HandDrivenRunner implements BatchRunner {
  concurrency: number;
  /** Batches that run now, in the order of their start. */
  readonly running: HandDrivenBatch[] = [];
  readonly #maxBatchSize: number;
  readonly #kind: ModelKind;

  constructor({ maxBatchSize = 8, concurrency = 1, kind = "tensors" }: HandDrivenOptions = {}) {
    this.#kind = kind;
    this.concurrency = concurrency;
    this.#maxBatchSize = maxBatchSize;
  }

  metadata(): ModelMetadata {
    return {
      name: "echo",
      version: "1",
      versions: ["1"],
      platform: "test",
      kind: this.#kind,
      maxBatchSize: this.#maxBatchSize,
      inputs: [{ name: "x", datatype: "FP32", shape: [-1, -1] }],
      outputs: [{ name: "y", datatype: "FP32", shape: [-1, -1] }],
    };
  }

  async resize(instances: number): Promise<void> {
    this.concurrency = instances;
  }

  run(
    requests: readonly InferenceRequest[],
    signal: AbortSignal,
    { lane, onPartial }: RunOptions = {},
  ): Promise<readonly BatchResult[]> {
    return new Promise((resolve, reject) => {
      const end = (): void => void this.running.splice(this.running.indexOf(batch), 1);
      const batch: HandDrivenBatch = {
        requests,
        signal,
        lane: lane ?? null,
        part: (index, response) => onPartial?.(index, response),
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

/** A request of a model of kind `fields`, with one field `body`. */
export function textRequest(text: string, headers: Readonly<Record<string, string>> = {}): InferenceRequest {
  const body = encodeByteStrings([utf8(text)]);
  return {
    model: { name: "echo" },
    inputs: [{ name: "body", datatype: "BYTES", shape: [1], bytes: body }],
    parameters: headersToParameters(headers),
  };
}

/** An answer of a model of kind `fields`. */
export function textAnswer(text: string, headers: Readonly<Record<string, string>> = {}): InferenceResponse {
  const bytes = encodeByteStrings([utf8(text)]);
  return {
    model: { name: "echo", version: "1" },
    outputs: [{ name: "prediction", datatype: "BYTES", shape: [1], bytes }],
    parameters: headersToParameters(headers),
  };
}

/** The text that an answer or a request of a model of kind `fields` holds; empty where it holds nothing. */
export function textOfAnswer({ outputs }: InferenceResponse): string {
  return outputs.flatMap(({ name, bytes }) => decodeByteStrings(name, bytes).map(textOf)).join("|");
}

/** A failure as engines report it. */
export function engineFailure(): AnyInferenceError {
  return new InferenceError("engine-failed", { model: "echo", reason: "told to fail" });
}
