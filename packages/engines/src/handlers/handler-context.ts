// What a handler sees of its model and of the requests it answers.
import type { Datatype, TensorMetadata, TypedValues } from "@sealserve/inference";
import type { HandlerMetrics } from "./handler-metrics.ts";

/** A tensor as handlers hold it: typed values, row-major; texts for BYTES; the raw 16 bits for FP16 and BF16. */
export interface HandlerTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TypedValues | readonly string[];
}

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, HandlerTensor>>;

/** The model of the archive's serialized file. */
export interface HandlerSession {
  /** What it takes and gives; -1 in a shape stands for any size. */
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** Computes all outputs, or those named. */
  run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors>;
}

/** The files of the archive; the serialized file is not among them once it is open as the session. */
export interface HandlerFiles {
  list(): readonly string[];
  has(name: string): boolean;
  /** Throws where there is no such file. The bytes are common to all who read them: do not write to them. */
  read(name: string): Uint8Array;
  text(name: string): string;
}

/** One field of a request: a part of a form, or `body` for a body that is no form. */
export interface HandlerField {
  readonly bytes: Uint8Array;
  /** As the client named it. */
  readonly contentType: string | null;
  /** As UTF-8. */
  text(): string;
  /** Throws `PredictionError` with status 400 where it is no JSON. */
  json(): unknown;
}

/** One request: its fields by name. */
export type HandlerRow = Readonly<Record<string, HandlerField>>;

export interface ModelContext {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly manifest: unknown;
  /** The archive's model configuration (YAML), whole; an empty object without one. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly files: HandlerFiles;
  /** null unless the serialized file is an ONNX model. */
  readonly session: HandlerSession | null;
}

/** `row` counts the requests of a batch from 0. */
export interface HandlerContext extends ModelContext {
  readonly batchSize: number;
  readonly metrics: HandlerMetrics;
  /** As the client gave it, else "". */
  requestId(row: number): string;
  /** Names in any case; null where the client sent none. */
  requestHeader(row: number, name: string): string | null;
  /** All of them, by lower-case names. */
  requestHeaders(row: number): Readonly<Record<string, string>>;
  /** The sequence that the request belongs to; "" where the model has none. */
  sequenceId(row: number): string;
  /**
   * More answers to the request follow. For models with `continuousBatching`: it comes again with the next batch, by its id, without fields.
   */
  goesOn(row: number): void;
  /** HTTP status of the answer, 200 to 999, and the phrase beside it; 200 and none if never set. Those of a stream go out with its first part. */
  setResponseStatus(row: number, status: number, reason?: string): void;
  setResponseHeader(row: number, name: string, value: string): void;
  setResponseContentType(row: number, value: string): void;
}
