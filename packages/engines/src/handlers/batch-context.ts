// What a handler is given with a batch, and what it sets for the answers.
import {
  contentTypeParameter,
  headerPrefix,
  type Parameters,
  type ParameterValue,
  parametersToHeaders,
  statusParameter,
} from "@sealserve/inference";
import type { WireRequest } from "../hosting/wire.ts";
import type { HandlerContext, ModelContext } from "./handler-context.ts";
import type { RequestRow } from "./rows.ts";

/** What was set for one request: parameters of its response, and of its output tensor. */
export interface ReplySettings {
  readonly response: Record<string, ParameterValue>;
  readonly tensor: Record<string, ParameterValue>;
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
  model: ModelContext,
  rows: readonly RequestRow[],
  requests: readonly WireRequest[],
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
  const context: HandlerContext = {
    ...model,
    batchSize: rows.length,
    requestId: (row) => requests[owner(row)]?.id ?? "",
    requestHeader: (row, name) => headers[owner(row)]?.[name.toLowerCase()] ?? null,
    setResponseStatus: (row, status) => {
      if (!Number.isInteger(status) || status < 100 || status > 599)
        throw new RangeError(`${status} is no HTTP status`);
      replyTo(row).response[statusParameter] = status;
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

/** `parameters` as an optional member: left out where there are none. */
export function optionalParameters(parameters: Parameters): { parameters?: Parameters } {
  return Object.keys(parameters).length > 0 ? { parameters } : {};
}
