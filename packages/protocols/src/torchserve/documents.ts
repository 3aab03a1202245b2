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
  /** What a handler sees as the header `explain`, false if left out; null: on this path it sees neither of the two. */
  readonly explain?: boolean | null;
  /** All but those that frame the request and the connection, spelled as the client spells them. */
  readonly headers: HttpHeaders;
  readonly fields: readonly Field[];
}

/** A prediction of a model whose name may lie in the fields, or be that of the only model. */
export interface InvokeArguments {
  readonly name: string | null;
  readonly headers: HttpHeaders;
  readonly fields: readonly Field[];
}

export interface PredictResult {
  readonly status: number;
  /** The words beside the status, where the handler chose them or the original has none; left out: the usual ones. */
  readonly reason?: string;
  /** By lower-case name; `content-type` only where the answer has one. */
  readonly headers: HttpHeaders;
  readonly body: Bytes;
}

/** Answers that come one after another: the first one decides the status and the headers. */
export interface PredictStream extends Omit<PredictResult, "body"> {
  readonly parts: AsyncIterable<Bytes>;
}

/** `GET /v2` with the original's spelling (TorchServe, `OpenInferenceProtocolRequestHandler`). */
export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extenstion: readonly string[];
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

export interface ModelReady {
  readonly name: string;
  readonly ready: boolean;
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
  /** Bytes of resident memory; 0 where nobody can tell. */
  readonly memoryUsage?: number;
  readonly pid?: number;
  readonly gpu?: boolean;
  /** Words of the original's, such as `N/A`. */
  readonly gpuUsage?: string;
}

/** What the server knows of a version beside its state (TorchServe, `DescribeModelResponse`): the keys that are truly known. */
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
  readonly maxRetryTimeoutInSec?: number;
  /** 0: a client waits as long as it likes. */
  readonly clientTimeoutInMills?: number;
  readonly parallelType?: string;
  readonly parallelLevel?: number;
  readonly deviceType?: string;
  readonly deviceIds?: readonly number[];
  readonly continuousBatching?: boolean;
  readonly useJobTicket?: boolean;
  readonly useVenv?: boolean;
  readonly stateful?: boolean;
  readonly sequenceMaxIdleMSec?: number;
  readonly sequenceTimeoutMSec?: number;
  readonly maxNumSequence?: number;
  readonly maxSequenceJobQueueSize?: number;
  readonly loadedAtStartup?: boolean;
  readonly workers: readonly WorkerDescription[];
  readonly jobQueueStatus?: { readonly remainingCapacity: number; readonly pendingRequests: number };
}

/** One element of the answer to "describe model". */
export interface ModelDescription extends Partial<ServingDescription> {
  readonly modelName: string;
  readonly modelVersion: string;
  /** Said of versions that do not serve. */
  readonly status?: "Unhealthy";
  /** What the handler says of itself, where it was asked; `{}` where it says no object. */
  readonly customizedMetadata?: object;
}
