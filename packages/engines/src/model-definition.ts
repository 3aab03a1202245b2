// One version of a model as every layout describes it: which engine runs it, on which files, with which settings.
import type { TensorMetadata } from "@sealserve/inference";
import type { ModelFiles } from "./model-files.ts";

export type LayoutName = "onnx-file" | "triton-repository" | "tensorflow-serving" | "model-archive";

/** Which engine runs the model, and where it begins. `handler` names a file of the archive or a built-in handler. */
export type EngineChoice =
  | { readonly kind: "onnx"; readonly file: string }
  | { readonly kind: "reference"; readonly model: "identity" | "add_sub" }
  | { readonly kind: "handler"; readonly handler: string; readonly serializedFile: string | null };

/** `thread` shares the process; `process` gives each instance one of its own, so that a native crash stays in it. */
export type Isolation = "thread" | "process";

/** onnxruntime's session options, under its own meanings. */
export interface OnnxOptions {
  readonly intraOpThreads: number | null;
  readonly interOpThreads: number | null;
  readonly executionMode: "sequential" | "parallel";
  readonly graphOptimization: "disabled" | "basic" | "extended" | "layout" | "all";
}

export interface BatchingOptions {
  /** Milliseconds that the first request of a batch may wait for others. */
  readonly maxQueueDelay: number;
  /** Batch sizes to prefer, ascending; empty: any. */
  readonly preferredBatchSizes: readonly number[];
  /** Requests that may wait; one more is refused at once. */
  readonly maxQueueSize: number;
}

/** A request to run before the version becomes available: constant inputs of these shapes, the batch dimension included. */
export interface WarmupRequest {
  readonly inputs: readonly TensorMetadata[];
  readonly values: "zero" | "random";
  readonly count: number;
}

export interface ModelDefinition {
  readonly name: string;
  readonly version: string;
  readonly layout: LayoutName;
  /** Where it was found, for messages and for TorchServe's `modelUrl`; never a secret. */
  readonly location: string;
  readonly files: ModelFiles;
  /** A configuration that lies beside the folder of `files`, as it was read; left out where all there is lies among `files`. */
  readonly configuration?: {
    /** Both relative to where they lie together. */
    readonly path: string;
    readonly folder: string;
    readonly bytes: Uint8Array;
  };
  readonly engine: EngineChoice;
  /** As Triton names it; null: the engine knows. */
  readonly platform: string | null;
  /** 0: no batch dimension. null: the engine decides from the model. */
  readonly maxBatchSize: number | null;
  /** Inputs and outputs that a configuration declares, without a batch dimension; empty: take them from the model. */
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  readonly batching: BatchingOptions;
  /** Copies of the model that may run at once. */
  readonly instances: number;
  readonly onnx: OnnxOptions;
  readonly isolation: Isolation;
  /** Milliseconds. An instance that takes longer to answer is ended and started anew. */
  readonly loadTimeout: number;
  readonly responseTimeout: number;
  readonly warmup: readonly WarmupRequest[];
  /** A model archive's manifest and model configuration, as handlers see them. */
  readonly manifest: unknown;
  readonly settings: unknown;
}
