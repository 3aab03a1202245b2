// What is known of a model: how it is named, what it takes and gives, and in which state its versions are.
import type { Datatype } from "./datatype.ts";
import type { ModelState } from "./model-state.ts";
import type { Shape } from "./shape.ts";

/** A model by name, at a version or (left out) the one that the server serves by default. */
export interface ModelSpec {
  readonly name: string;
  readonly version?: string;
}

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: Datatype;
  /** The batch dimension included; -1 stands for any size. */
  readonly shape: Shape;
}

/**
 * What a model takes: named tensors, or the fields of a form with their media types, as TorchServe handlers take them.
 * A model of kind `fields` has BYTES inputs only, accepts inputs of any name, one element of each a row.
 */
export type ModelKind = "tensors" | "fields";

export interface ModelMetadata {
  readonly name: string;
  /** The version that this metadata is of. */
  readonly version: string;
  /** All versions that can be asked now, newest last. */
  readonly versions: readonly string[];
  /** As Triton names it, such as `onnxruntime_onnx`. */
  readonly platform: string;
  readonly kind: ModelKind;
  /** 0: the first dimension is no batch dimension. Infinity: a batch dimension without a limit. */
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface ModelStatus {
  readonly name: string;
  readonly version: string;
  readonly state: ModelState;
  /** Why it is not available: the failure that ended it, or what it waits for. Absent when nothing is wrong. */
  readonly reason?: string;
}
