// One version of a model as every layout describes it: which engine runs it, on which files, with which settings.
import type { TensorMetadata } from "@sealserve/inference";
import type { ModelFiles } from "./model-files.ts";

export type LayoutName =
  | "onnx-file"
  | "triton-repository"
  | "tensorflow-serving"
  | "model-archive"
  | "workflow-archive";

/** Which engine runs the model, and where it begins. `handler` names a file of the archive, with a function behind a colon or without, or a built-in handler. */
export type EngineChoice =
  | { readonly kind: "onnx"; readonly file: string }
  | { readonly kind: "reference"; readonly model: "identity" | "add_sub" }
  | { readonly kind: "handler"; readonly handler: string; readonly serializedFile: string | null }
  | PythonChoice;

/** A Python handler, run by TorchServe's own worker; what it loads stands in the manifest beside it. */
export interface PythonChoice {
  readonly kind: "python";
  /** `file[.py][:function]`, or the name of one of TorchServe's own handlers; "": the one that the server has for such archives. */
  readonly handler: string;
  readonly serializedFile: string | null;
  readonly envelope: string | null;
  readonly requirementsFile: string | null;
}

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

/** How requests come together; times are milliseconds (TorchServe, "Batching", "Stateful inference", "Continuous batching"). */
export type SchedulingOptions =
  | { readonly kind: "batches" }
  /** The batch is filled up after every step of the model. */
  | { readonly kind: "continuous" }
  /** Requests of one sequence go to one instance, in their order. */
  | {
      readonly kind: "sequences";
      /** How many there may be at once, over all instances. */
      readonly maxSequences: number;
      /** Requests of one sequence that may wait. */
      readonly maxQueueSize: number;
      /** One that has had no request for so long ends; 0: as soon as none of its requests waits or runs. */
      readonly idleTimeout: number;
      /** After this time it takes no more requests; 0: any. */
      readonly timeout: number;
      /** The batch is filled up after every step of the model, too. */
      readonly continuous: boolean;
    };

/** One instance on several devices. */
export interface ParallelOptions {
  readonly type: "pp" | "tp" | "pptp" | "custom";
  readonly level: number;
  /** As many processes as its level, which torchrun starts, each with so many threads; null: the handler spreads it by itself. */
  readonly torchrun: { readonly threads: number } | null;
}

/** Where instances ought to run; null: wherever there is room. */
export interface DeviceOptions {
  readonly type: "cpu" | "gpu" | null;
  /** Empty: all. */
  readonly ids: readonly number[];
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
  readonly scheduling: SchedulingOptions;
  /** Refuses a request when no instance is idle, instead of letting it wait. */
  readonly useJobTicket: boolean;
  /** Milliseconds that a request may take that does not say so itself; null: any. */
  readonly clientTimeout: number | null;
  /** Copies of the model that may run at once; 0: it is known, and nothing runs. */
  readonly instances: number;
  /** How many there may be, for who asks. */
  readonly maxInstances: number;
  readonly onnx: OnnxOptions;
  readonly isolation: Isolation;
  /** Milliseconds. An instance that takes longer to answer is ended and started anew. */
  readonly loadTimeout: number;
  readonly responseTimeout: number;
  /** Milliseconds within which an instance that ended is started again; after that it is given up. */
  readonly retryTimeout: number;
  readonly warmup: readonly WarmupRequest[];
  /** The model takes the next batch before it has answered the last. */
  readonly asyncCommunication: boolean;
  /** A Python environment of its own, with what its requirements name. */
  readonly useVenv: boolean;
  /** null: each instance is one process. */
  readonly parallel: ParallelOptions | null;
  readonly device: DeviceOptions;
  /** Its files may lie in memory only, since they were sealed. */
  readonly memoryOnly?: true;
  /** A model archive's manifest and model configuration, as handlers see them. */
  readonly manifest: unknown;
  readonly settings: unknown;
}
