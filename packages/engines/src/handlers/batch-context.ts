// What a handler is given with a batch, and what it sets for the answers.
import {
  contentTypeParameter,
  encodeByteStrings,
  headerPrefix,
  type Parameters,
  type ParameterValue,
  parametersToHeaders,
  reasonParameter,
  statusParameter,
  streamNextParameter,
} from "@sealserve/inference";
import type { WireRequest, WireResponse } from "../hosting/wire.ts";
import type { ModelMetric } from "../hosting/worker-engine.ts";
import type { HandlerContext, ModelContext } from "./handler-context.ts";
import { handlerMetrics } from "./handler-metrics.ts";
import type { RequestRow } from "./rows.ts";

/** What was set for one request: parameters of its response, and of its output tensor. */
export interface ReplySettings {
  readonly response: Record<string, ParameterValue>;
  readonly tensor: Record<string, ParameterValue>;
}

export interface BatchOptions {
  readonly model: ModelContext;
  readonly rows: readonly RequestRow[];
  readonly requests: readonly WireRequest[];
  /** The header that names the sequence of a request. */
  readonly sequenceHeader: string;
}

export interface BatchParts {
  readonly metric: (metric: ModelMetric) => void;
}

export interface BatchContext {
  readonly context: HandlerContext;
  /** One a request, in their order. */
  readonly replies: readonly ReplySettings[];
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHeaderName(name: string): boolean {
  return headerName.test(name);
}

export function isHeaderValue(value: string): boolean {
  return headerValue.test(value);
}

/** Rows of one request share its headers and its answer: what is set last for any of them holds. */
export function batchContext(
  { model, rows, requests, sequenceHeader }: BatchOptions,
  { metric }: BatchParts,
): BatchContext {
  // Clients spell names as they like; a handler need not know how.
  const headers = requests.map(({ parameters }) =>
    Object.fromEntries(
      Object.entries(parametersToHeaders(parameters)).map(([name, value]) => [name.toLowerCase(), value]),
    ),
  );
  const replies = requests.map((): ReplySettings => ({ response: {}, tensor: {} }));
  const owner = (row: number): number => {
    const found = rows[row];
    if (!found) throw new RangeError(`there is no row ${row} in a batch of ${rows.length}`);
    return found.request;
  };
  const replyTo = (row: number): ReplySettings => replies[owner(row)] ?? { response: {}, tensor: {} };
  const requestId = (row: number): string => requests[owner(row)]?.id ?? "";
  const requestHeader = (row: number, name: string): string | null => headers[owner(row)]?.[name.toLowerCase()] ?? null;
  const requestIds = (): readonly string[] => rows.map((_, row) => requestId(row)).filter((id) => id !== "");
  const context: HandlerContext = {
    ...model,
    batchSize: rows.length,
    metrics: handlerMetrics({ model: model.modelName, requestId, requestIds, metric }),
    requestId,
    requestHeader,
    requestHeaders: (row) => ({ ...headers[owner(row)] }),
    sequenceId: (row) => requestHeader(row, sequenceHeader) ?? "",
    goesOn: (row) => {
      replyTo(row).response[streamNextParameter] = "true";
    },
    setResponseStatus: (row, status, reason = "") => {
      if (!Number.isInteger(status) || status < 200 || status > 999)
        throw new RangeError(`${status} is no status of an answer: 200 to 999 are`);
      if (!isHeaderValue(reason)) throw new TypeError("this reason phrase cannot be sent");
      const { response } = replyTo(row);
      response[statusParameter] = status;
      if (reason === "") delete response[reasonParameter];
      else response[reasonParameter] = reason;
    },
    setResponseHeader: (row, name, value) => {
      // Checked here, since a line break in a value would begin a header of the handler's making.
      if (!isHeaderName(name) || !isHeaderValue(value)) throw new TypeError(`header '${name}' cannot be sent`);
      replyTo(row).response[headerPrefix + name.toLowerCase()] = value;
    },
    setResponseContentType: (row, value) => {
      if (!isHeaderValue(value)) throw new TypeError("this content type cannot be sent");
      replyTo(row).tensor[contentTypeParameter] = value;
    },
  };
  return { context, replies };
}

/** The results of one request's rows as its answer; a row without one gives no bytes. They have a buffer of their own, free to be given away. */
export function responseOf(
  elements: readonly (Uint8Array | null)[],
  { response, tensor }: ReplySettings,
  more: Parameters,
): WireResponse {
  const bytes = encodeByteStrings(elements.map((element) => element ?? new Uint8Array()));
  const prediction = { name: "prediction", datatype: "BYTES", shape: [elements.length], bytes } as const;
  const outputs = [{ ...prediction, ...optionalParameters(tensor) }];
  return { outputs, ...optionalParameters({ ...response, ...more }) };
}

/** `parameters` as an optional member: left out where there are none. */
export function optionalParameters(parameters: Parameters): { parameters?: Parameters } {
  return Object.keys(parameters).length > 0 ? { parameters } : {};
}
