// The read-only calls of TorchServe's management and metrics APIs, as rows that a client and a server read.
import { textOf, utf8 } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type { DescribeModelArguments, ListModelsArguments, ModelDescription, ModelList } from "./documents.ts";
import { jsonReply } from "./json-reply.ts";

const largestPage = 100;

/** `GET /models`: numbers that are none fall back to their defaults, as in the original (`NettyUtils.getIntParameter`). */
const listModels: Route<ListModelsArguments, ModelList> = {
  name: "listModels",
  method: "GET",
  path: pathPattern("/models"),
  writeRequest: ({ limit, nextPageToken }) => get("/models", `limit=${limit}&next_page_token=${nextPageToken}`),
  readRequest({ query }) {
    const parameters = new URLSearchParams(query);
    const limit = integer(parameters.get("limit"), largestPage);
    return {
      limit: limit < 0 || limit > largestPage ? largestPage : limit,
      nextPageToken: Math.max(0, integer(parameters.get("next_page_token"), 0)),
    };
  },
  writeReply: (list) => jsonReply(200, list),
  readReply: ({ body }) => readJsonDocument(body) as ModelList,
};

/** `GET /models/{model}[/{version}]`, where the version `all` asks for every one. */
const describeModel: Route<DescribeModelArguments, readonly ModelDescription[]> = {
  name: "describeModel",
  method: "GET",
  path: pathPattern("/models/{model}[/{version}]"),
  writeRequest: ({ name, version, customized }) =>
    get(describeModel.path.fill({ model: name, version }), customized ? "customized=true" : ""),
  readRequest({ query }, { model = "", version }) {
    const customized = new URLSearchParams(query).get("customized")?.toLowerCase() === "true";
    return version === undefined ? { name: model, customized } : { name: model, version, customized };
  },
  writeReply: (descriptions) => jsonReply(200, descriptions),
  readReply: ({ body }) => readJsonDocument(body) as readonly ModelDescription[],
};

/** `GET /metrics[?name[]=…]`: Prometheus text, of all metrics or of those named. */
const metrics: Route<{ readonly names: readonly string[] }, string> = {
  name: "metrics",
  method: "GET",
  path: pathPattern("/metrics"),
  writeRequest: ({ names }) =>
    get("/metrics", new URLSearchParams(names.map((name): [string, string] => ["name[]", name])).toString()),
  readRequest: ({ query }) => ({ names: new URLSearchParams(query).getAll("name[]") }),
  writeReply: (text) => ({
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    body: [utf8(text)],
  }),
  readReply: ({ body }) => textOf(body),
};

/** The management API's table (TorchServe, `ManagementRequestHandler`). */
export const torchserveManagementRoutes = { listModels, describeModel } as const;

/** The metrics API's table (TorchServe, `PrometheusMetricsRequestHandler`). */
export const torchserveMetricsRoutes = { metrics } as const;

function get(path: string, query: string): HttpRequest {
  return { method: "GET", path, query, headers: {}, body: new Uint8Array() };
}

function integer(text: string | null, otherwise: number): number {
  return text !== null && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
