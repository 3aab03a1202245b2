// The read-only calls of TorchServe's management and metrics APIs, as rows that a client and a server read.
import { textOf, utf8 } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpRequest } from "../http/message.ts";
import type { Route } from "../http/route.ts";
import type {
  DescribeModelArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  ModelReady,
} from "./documents.ts";
import { jsonReply } from "./json-reply.ts";
import { readPage } from "./page.ts";
import { torchservePath } from "./torchserve-path.ts";

/** `GET /models`: a page of them. */
const listModels: Route<ListModelsArguments, ModelList> = {
  name: "listModels",
  method: "GET",
  path: torchservePath("/models"),
  writeRequest: ({ limit, nextPageToken }) => get("/models", `limit=${limit}&next_page_token=${nextPageToken}`),
  readRequest: ({ query }) => readPage(query),
  writeReply: (list) => jsonReply(200, list),
  readReply: ({ body }) => readJsonDocument(body) as ModelList,
};

/** `GET /models/{model}[/{version}]`, where the version `all` asks for every one. */
const describeModel: Route<DescribeModelArguments, readonly ModelDescription[]> = {
  name: "describeModel",
  method: "GET",
  path: torchservePath("/models/{model}[/{version}]"),
  writeRequest: ({ name, version, customized }) =>
    get(describeModel.path.fill({ model: name, version }), customized ? "customized=true" : ""),
  readRequest({ query }, { model = "", version }) {
    const customized = new URLSearchParams(query).get("customized")?.toLowerCase() === "true";
    return version === undefined ? { name: model, customized } : { name: model, version, customized };
  },
  // The answer of a handler has no words beside its status, in the original too.
  writeReply: (descriptions) =>
    descriptions.some(({ customizedMetadata }) => customizedMetadata)
      ? { ...jsonReply(200, descriptions), reason: "" }
      : jsonReply(200, descriptions),
  readReply: ({ body }) => readJsonDocument(body) as readonly ModelDescription[],
};

/** `GET /v1/models/{model}`: whether it has a worker. */
const modelReady: Route<{ readonly name: string }, ModelReady> = {
  name: "modelReady",
  method: "GET",
  path: torchservePath("/v1/models/{model}"),
  writeRequest: ({ name }) => get(modelReady.path.fill({ model: name }), ""),
  readRequest: (_, { model = "" }) => ({ name: model }),
  writeReply: (ready) => jsonReply(200, ready),
  readReply: ({ body }) => readJsonDocument(body) as ModelReady,
};

/** `GET /metrics[?name[]=…]`: Prometheus text, of all metrics or of those named. */
const metrics: Route<{ readonly names: readonly string[] }, string> = {
  name: "metrics",
  method: "GET",
  path: torchservePath("/metrics"),
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
export const torchserveManagementRoutes = { listModels, describeModel, modelReady } as const;

/** The metrics API's table (TorchServe, `PrometheusMetricsRequestHandler`). */
export const torchserveMetricsRoutes = { metrics } as const;

function get(path: string, query: string): HttpRequest {
  return { method: "GET", path, query, headers: {}, body: new Uint8Array() };
}
