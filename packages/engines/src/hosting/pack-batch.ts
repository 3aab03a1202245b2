// Packs requests into one batch whose buffers can be given away, and unpacks the answer.
import {
  type ExecutionTimings,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type ModelSpec,
  type Tensor,
} from "@sealserve/inference";
import { type BatchResult, concatenateRows } from "@sealserve/serving";
import type { WireBatch, WireRequest, WireResponse, WireResult } from "./wire.ts";
import { toRunError } from "./wire-error.ts";

export interface PackedBatch {
  readonly batch: WireBatch;
  /** The buffers of the inputs: fresh, so that giving them away takes nothing from the requests. */
  readonly transfer: readonly ArrayBuffer[];
}

export interface PackingOptions {
  /** The first dimension of the inputs counts rows. */
  readonly batched: boolean;
  /** Inputs are views on the requests' bytes where that spares a copy, and nothing is given away. Default: false. */
  readonly shared?: boolean;
}

export function packBatch(
  requests: readonly InferenceRequest[],
  { batched, shared = false }: PackingOptions,
): PackedBatch {
  const packed = shared ? sharing : givingAway;
  const own = shared ? bare : ownCopy;
  const [only] = requests;
  // One request keeps its shapes, which may have no first dimension.
  if (requests.length === 1 && only) return packed(only.inputs.map(own), [wireRequest(only, batched)]);
  const asked = requests.map((request) => wireRequest(request, batched));
  if (sameInputs(requests)) return packed(concatenateRows(requests), asked);
  return packed(
    [],
    asked.map((request, i) => ({ ...request, inputs: requests[i]?.inputs.map(own) ?? [] })),
  );
}

function sharing(inputs: readonly Tensor[], requests: readonly WireRequest[]): PackedBatch {
  return { batch: { inputs, requests }, transfer: [] };
}

function givingAway(inputs: readonly Tensor[], requests: readonly WireRequest[]): PackedBatch {
  const all = [...inputs, ...requests.flatMap((request) => request.inputs ?? [])];
  return { batch: { inputs, requests }, transfer: all.map(({ bytes }) => bytes.buffer as ArrayBuffer) };
}

/** Whether they can be one: only requests of kind `fields` may differ. */
function sameInputs([first, ...others]: readonly InferenceRequest[]): boolean {
  const names = new Set(first?.inputs.map(({ name }) => name));
  return others.every(({ inputs }) => inputs.length === names.size && inputs.every(({ name }) => names.has(name)));
}

/** Its parameters go with the request. */
function bare({ name, datatype, shape, bytes }: Tensor): Tensor {
  return { name, datatype, shape, bytes };
}

function ownCopy({ name, datatype, shape, bytes }: Tensor): Tensor {
  return { name, datatype, shape, bytes: new Uint8Array(bytes) };
}

function wireRequest({ id, parameters, inputs, outputs }: InferenceRequest, batched: boolean): WireRequest {
  const named = inputs.flatMap(({ name, parameters }) => (parameters ? [[name, parameters] as const] : []));
  return {
    rows: batched ? (inputs[0]?.shape[0] ?? 1) : 1,
    ...(id !== undefined && { id }),
    ...(parameters && { parameters }),
    ...(outputs && outputs.length > 0 && { outputs: outputs.map(({ name }) => name) }),
    ...(named.length > 0 && { inputParameters: Object.fromEntries(named) }),
  };
}

/** One of several answers to `request` as the batcher takes them. */
export function unpackPartial(
  model: Required<ModelSpec>,
  request: InferenceRequest | undefined,
  response: WireResponse,
): InferenceResponse {
  const id = request?.id;
  return { model, ...(id !== undefined && { id }), ...response };
}

/** The results as the batcher takes them: with model, id and timings. Throws `engine-failed` unless there is one a request. */
export function unpackResults(
  model: Required<ModelSpec>,
  requests: readonly InferenceRequest[],
  results: readonly WireResult[],
  timings: ExecutionTimings,
): BatchResult[] {
  if (results.length !== requests.length) {
    const reason = `it gave ${results.length} results to ${requests.length} requests`;
    throw new InferenceError("engine-failed", { model: model.name, reason });
  }
  return results.map((result, i): BatchResult => {
    if ("error" in result) return toRunError(result.error, model.name);
    const id = requests[i]?.id;
    return { model, ...(id !== undefined && { id }), ...result, timings } satisfies InferenceResponse;
  });
}
