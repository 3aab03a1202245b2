// The calls of TorchServe's inference API, as rows that a client and a server read.
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpHeaders, HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type { Ping, PredictArguments, PredictResult } from "./documents.ts";
import { readFields, writeFields } from "./fields.ts";
import { jsonReply } from "./json-reply.ts";

/** Headers of a request that describe its body or its connection; they end at the server. */
const ownHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "expect",
  "keep-alive",
  "transfer-encoding",
]);

/** `GET /ping`: 200 or 500, and the same in words. */
const ping: Route<Record<never, never>, Ping> = {
  name: "ping",
  method: "GET",
  path: pathPattern("/ping"),
  writeRequest: () => ({ method: "GET", path: "/ping", query: "", headers: {}, body: new Uint8Array() }),
  readRequest: () => ({}),
  writeReply: ({ healthy }) => jsonReply(healthy ? 200 : 500, { status: healthy ? "Healthy" : "Unhealthy" }),
  readReply: ({ status, body }) => ({ healthy: status === 200 && isHealthy(readJsonDocument(body)) }),
};

/** `POST /predictions/{model}[/{version}[/{rest}]]`; the original takes other methods too. */
const predict: Route<PredictArguments, PredictResult> = {
  name: "predict",
  method: "POST",
  path: pathPattern("/predictions/{model}[/{version}][/{rest*}]"),
  writeRequest({ model, urlPath, headers, fields }): HttpRequest {
    const { mediaType, body } = writeFields(fields);
    const rest = urlPath === "" ? undefined : urlPath;
    return {
      method: "POST",
      path: predict.path.fill({ model: model.name, version: model.version, rest }),
      query: "",
      headers: mediaType === null ? headers : { ...headers, "content-type": mediaType },
      body,
    };
  },
  async readRequest(request, { model = "", version, rest = "" }) {
    return {
      model: version === undefined ? { name: model } : { name: model, version },
      urlPath: rest,
      headers: passedOn(request.headers),
      fields: await readFields(request),
    };
  },
  writeReply: ({ status, headers, body }) => ({ status, headers, body: [body] }),
  readReply: ({ status, headers, body }) => ({ status, headers, body }),
};

/** The inference API's table (TorchServe, `InferenceRequestHandler`). */
export const torchserveInferenceRoutes = { ping, predict } as const;

function passedOn(headers: HttpHeaders): HttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name)));
}

function isHealthy(document: unknown): boolean {
  return typeof document === "object" && document !== null && "status" in document && document.status === "Healthy";
}
