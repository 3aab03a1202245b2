// What crosses the border between the server's thread and an engine's thread or process.
import type { ExecutionTimings, ModelMetadata, Parameters, Tensor } from "@sealserve/inference";
import type { WarmupRequest } from "../model-definition.ts";
import type { EngineMetric } from "./engine-metric.ts";
import type { WireError } from "./wire-error.ts";

/** What an engine knows of its model; name and versions are added outside. Shapes include the batch dimension. */
export type EngineMetadata = Omit<ModelMetadata, "name" | "version" | "versions">;

/** What one request of a batch brings besides its rows of the inputs. */
export interface WireRequest {
  readonly id?: string;
  readonly parameters?: Parameters;
  /** Names of the outputs it wants; left out: all. */
  readonly outputs?: readonly string[];
  /** Its share of the first dimension; 1 in a model without a batch dimension. */
  readonly rows: number;
  /** Its own inputs, where the requests of a batch have different ones; the batch has none then. */
  readonly inputs?: readonly Tensor[];
  /** Tensor parameters of its inputs by input name, such as `content_type`. */
  readonly inputParameters?: Readonly<Record<string, Parameters>>;
}

/**
 * Several requests as one: each input holds the rows of all requests, in their order. The buffers belong to the engine, which may
 * write to them, keep them or give them back, unless its pool shares the requests' bytes with it. A batch without a batch dimension holds exactly one request.
 */
export interface WireBatch {
  readonly inputs: readonly Tensor[];
  readonly requests: readonly WireRequest[];
}

export interface WireResponse {
  readonly outputs: readonly Tensor[];
  readonly parameters?: Parameters;
}

/** The answer to one request of a batch; `error` fails it alone. */
export type WireResult = WireResponse | { readonly error: WireError };

/** One result a request, in their order. Tensors may be views on common buffers. */
export interface WireAnswer {
  readonly results: readonly WireResult[];
  readonly timings: ExecutionTimings;
  /** Buffers of the results that the engine gives away. What is left out is copied. */
  readonly transfer: readonly ArrayBuffer[];
}

/** What an engine is made from: plain data that structured clone can copy, and the buffers in it that are given away. */
export interface EngineInit {
  readonly data: unknown;
  readonly transfer: readonly ArrayBuffer[];
  /** What `data` only names. */
  readonly staged?: Staged;
}

/** Files that are there only while an engine loads them. Disposed, they are gone. */
export interface Staged extends AsyncDisposable {
  /** The engine begins to load, in process `pid`: what it no longer needs may go from now on. */
  loading(pid: number): void;
  /** After a load that failed: whether it may have failed for what was gone already. All that a new `init` stages then stays. */
  worthAnother(): boolean;
}

/**
 * From the server to the engine: `load` first, then `run`, then `close`. One run at a time, unless the engine is said to take more;
 * `id` names it in all that comes of it.
 */
export type HostMessage =
  | {
      readonly type: "load";
      readonly engine: string;
      readonly model: string;
      readonly data: unknown;
      readonly warmup: readonly WarmupRequest[];
    }
  | { readonly type: "run"; readonly id: number; readonly batch: WireBatch }
  /** A part of run `id` has come; not `wanted`: nobody waits for what else comes of that run. Engines may pass over it. */
  | { readonly type: "taken"; readonly id: number; readonly wanted: boolean }
  | { readonly type: "close" };

/** From the engine to the server, with the metrics that the model's code gave since the last one. */
export type EngineMessage = EngineReport & { readonly metrics?: readonly EngineMetric[] };

export type EngineReport =
  | { readonly type: "loaded"; readonly metadata: EngineMetadata }
  | { readonly type: "load-failed"; readonly error: WireError }
  /** One answer to request `index` of the run, which others follow. */
  | { readonly type: "partial"; readonly id: number; readonly index: number; readonly response: WireResponse }
  | {
      readonly type: "ran";
      readonly id: number;
      readonly results: readonly WireResult[];
      readonly timings: ExecutionTimings;
    }
  | { readonly type: "run-failed"; readonly id: number; readonly error: WireError }
  /** It is ending, and will certainly not begin this run. */
  | { readonly type: "not-begun"; readonly id: number };
