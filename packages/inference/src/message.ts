// Inference requests and responses, in the words of the Open Inference Protocol.
import type { ModelSpec } from "./model.ts";
import type { Parameters } from "./parameters.ts";
import type { Tensor } from "./tensor.ts";

export interface RequestedOutput {
  readonly name: string;
  readonly parameters?: Parameters;
}

export interface InferenceRequest {
  readonly model: ModelSpec;
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly inputs: readonly Tensor[];
  /** Left out or empty: all outputs. */
  readonly outputs?: readonly RequestedOutput[];
  /** How long the caller will wait, in milliseconds from now. */
  readonly timeout?: number;
}

/** Durations of one execution in nanoseconds; they stay in the process and never go over a wire. */
export interface ExecutionTimings {
  readonly computeInput: number;
  readonly computeInfer: number;
  readonly computeOutput: number;
}

export interface InferenceResponse {
  readonly model: Required<ModelSpec>;
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly outputs: readonly Tensor[];
  readonly timings?: ExecutionTimings;
  /** Merkle root of the version that answered, in hex, where it is measured; inside the mesh only. */
  readonly root?: string;
}
