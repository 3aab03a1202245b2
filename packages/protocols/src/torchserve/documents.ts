// What TorchServe's calls take and answer, under the names that its JSON documents use.
import type { ModelSpec } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpHeaders } from "../http/message.ts";
import type { Field } from "./fields.ts";

export interface Ping {
  readonly healthy: boolean;
}

export interface PredictArguments {
  readonly model: ModelSpec;
  /** Segments behind the version, which a handler sees as the header `url_path`; empty where there is no version. */
  readonly urlPath: string;
  /** All but those that describe the body and the connection. */
  readonly headers: HttpHeaders;
  readonly fields: readonly Field[];
}

export interface PredictResult {
  readonly status: number;
  /** By lower-case name; `content-type` only where the answer has one. */
  readonly headers: HttpHeaders;
  readonly body: Bytes;
}

export interface ListModelsArguments {
  /** At most so many models, 0 to 100. */
  readonly limit: number;
  /** How many models to pass over: the last page's `nextPageToken`. */
  readonly nextPageToken: number;
}

export interface ModelList {
  readonly nextPageToken?: string;
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[];
}

export interface DescribeModelArguments {
  readonly name: string;
  /** Left out: the default version. */
  readonly version?: string | "all";
  /** Whether the model itself is asked too (its handler's `describe_handle`). */
  readonly customized: boolean;
}

/** One instance of an engine. */
export interface WorkerDescription {
  readonly id: string;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly startTime: string;
  readonly status: "READY" | "UNLOADING";
  readonly pid?: number;
  /** Bytes of resident memory. */
  readonly memoryUsage?: number;
}

/** What the server knows of a version beside its state. */
export interface ServingDescription {
  readonly modelUrl: string;
  readonly engine?: string;
  readonly runtime?: string;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly batchSize: number;
  /** Milliseconds. */
  readonly maxBatchDelay: number;
  /** Seconds. */
  readonly responseTimeout?: number;
  /** Seconds. */
  readonly startupTimeout?: number;
  readonly loadedAtStartup?: boolean;
  readonly workers: readonly WorkerDescription[];
  readonly jobQueueStatus?: { readonly remainingCapacity: number; readonly pendingRequests: number };
}

/** One element of the answer to "describe model" (TorchServe, `DescribeModelResponse`): the keys that are truly known. */
export interface ModelDescription extends Partial<ServingDescription> {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly status: "Healthy" | "Unhealthy";
}
