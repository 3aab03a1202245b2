// Between the batches of the server and the frames of a worker: each row of a batch is one request there.
import {
  contentTypeParameter,
  encodeByteStrings,
  headerPrefix,
  InferenceError,
  type Parameters,
  type ParameterValue,
  reasonParameter,
  statusParameter,
} from "@sealserve/inference";
import { isHeaderName, isHeaderValue, optionalParameters } from "../handlers/batch-context.ts";
import { fieldRows } from "../handlers/rows.ts";
import type { WireBatch, WireResponse, WireResult } from "../hosting/wire.ts";
import { toWireError } from "../hosting/wire-error.ts";
import type { FrameRequest } from "./protocol/frames.ts";
import type { Prediction } from "./protocol/reply-reader.ts";

/** What was asked: one request of the frame for each row, and to which request of the batch it belongs. */
export interface WireRows {
  readonly frame: readonly FrameRequest[];
  readonly owners: readonly number[];
  readonly requests: number;
}

/** `idFor` gives an id that no other request of this worker has now, of the one the client chose or ""; throws `invalid-value`. */
export function wireRows(batch: WireBatch, idFor: (chosen: string) => string): WireRows {
  const rows = fieldRows(batch);
  const headers = batch.requests.map(({ parameters }) => headersOf(parameters));
  return {
    frame: rows.map(({ fields, request }) => ({
      id: idFor(batch.requests[request]?.id ?? ""),
      headers: headers[request] ?? [],
      parameters: fields,
    })),
    owners: rows.map(({ request }) => request),
    requests: batch.requests.length,
  };
}

function headersOf(parameters: Parameters = {}): readonly (readonly [name: string, value: string])[] {
  const headers: [string, string][] = [];
  for (const name in parameters) {
    if (name.startsWith(headerPrefix)) headers.push([name.slice(headerPrefix.length), String(parameters[name])]);
  }
  return headers;
}

/** Whether more answers to the same request follow. */
export function streams({ headers }: Prediction): boolean {
  return headers.some(([name, value]) => name === "ts_stream_next" && value === "true");
}

/** The answers to the rows of one request as its answer: what the last row set holds. */
export function wireResult(model: string, rows: readonly Prediction[]): WireResult {
  try {
    return wireResponse(model, rows);
  } catch (error) {
    return { error: toWireError(error) };
  }
}

/** Throws `handler-failed` for a header or a status that cannot be sent. */
export function wireResponse(model: string, rows: readonly Prediction[]): WireResponse {
  const response: Record<string, ParameterValue> = {};
  const tensor: Record<string, ParameterValue> = {};
  for (const { status, reason, contentType, headers } of rows) {
    if (status < 200 || status > 999) throw unsendable(model, `status ${status}`);
    if (status !== 200) response[statusParameter] = status;
    if (reason !== "") response[reasonParameter] = sendable(model, "a reason phrase", reason);
    if (contentType !== "") tensor[contentTypeParameter] = sendable(model, "a content type", contentType);
    for (const [name, value] of headers) {
      // The worker sends it twice.
      if (name.toLowerCase() === "content-type" && contentType !== "") continue;
      if (!isHeaderName(name)) throw unsendable(model, "a header with such a name");
      response[headerPrefix + name.toLowerCase()] = sendable(model, `header '${name}'`, value);
    }
  }
  const bytes = encodeByteStrings(rows.map(({ body }) => body));
  const prediction = { name: "prediction", datatype: "BYTES", shape: [rows.length], bytes } as const;
  return { outputs: [{ ...prediction, ...optionalParameters(tensor) }], ...optionalParameters(response) };
}

/** A line break in a value would begin a header of the handler's making. */
function sendable(model: string, what: string, value: string): string {
  if (!isHeaderValue(value)) throw unsendable(model, what);
  return value;
}

function unsendable(model: string, what: string): InferenceError {
  const cause = new Error(`${what} cannot be sent`);
  return new InferenceError("handler-failed", { model, status: 503, reason: "Prediction failed" }, cause);
}
