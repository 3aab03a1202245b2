// The calls of TensorFlow Serving's REST API, as rows that a client and a server read.
import { InferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type { Pause } from "../json/index.ts";
import type {
  ModelMetadataDocument,
  ModelReference,
  ModelVersionStatus,
  PredictArguments,
  PredictResult,
} from "./documents.ts";
import { errorReply } from "./errors.ts";
import { jsonReply } from "./json-reply.ts";
import { fillModel, modelPath, readModel } from "./model-path.ts";
import { predictRoute } from "./predict-route.ts";

/** `GET /v1/models/{model}…`; a result without a version is a 404. */
const status: Route<ModelReference, readonly ModelVersionStatus[]> = {
  name: "status",
  method: "GET",
  path: modelPath(""),
  writeRequest: (model) => get(fillModel(status.path, model)),
  // The original takes a query for the end of the name.
  readRequest: (request, captured) =>
    isPlainName(request, captured) ? { name: `${captured["model"]}?${request.query}` } : readModel(request, captured),
  writeReply: (statuses, model) =>
    statuses.length > 0
      ? jsonReply(200, { model_version_status: statuses }, 1)
      : errorReply({ status: 404, message: noVersions(model) }),
  readReply: ({ status: code, body }) =>
    code === 404
      ? []
      : (readJsonDocument(body) as { model_version_status: readonly ModelVersionStatus[] }).model_version_status,
};

/** `GET /v1/models/{model}…/metadata`. */
const metadata: Route<ModelReference, ModelMetadataDocument> = {
  name: "metadata",
  method: "GET",
  path: modelPath("/metadata"),
  writeRequest: (model) => get(fillModel(metadata.path, model)),
  readRequest: readModel,
  writeReply: (document) => jsonReply(200, document, 1),
  readReply: ({ body }) => readJsonDocument(body) as ModelMetadataDocument,
};

const metricsPath = "/monitoring/prometheus/metrics";

/** `GET /monitoring/prometheus/metrics`: Prometheus text. */
const metrics: Route<Record<never, never>, string> = {
  name: "metrics",
  method: "GET",
  path: pathPattern(metricsPath),
  writeRequest: () => get(metricsPath),
  readRequest({ path, query }) {
    if (query === "") return {};
    throw new InferenceError("malformed", { problem: `Unexpected path: ${path}?${query}. Should be ${metricsPath}` });
  },
  writeReply: (text) => ({ status: 200, headers: { "content-type": "text/plain" }, body: [utf8(text)] }),
  readReply: ({ body }) => textOf(body),
};

export interface TensorflowServingRouteParts {
  /** Lets others run while long JSON is read. */
  readonly pause: Pause;
}

export interface TensorflowServingRoutes {
  readonly predict: Route<PredictArguments, PredictResult>;
  readonly status: Route<ModelReference, readonly ModelVersionStatus[]>;
  readonly metadata: Route<ModelReference, ModelMetadataDocument>;
  readonly metrics: Route<Record<never, never>, string>;
}

/** The table (TensorFlow Serving, `http_rest_api_handler.cc`). */
export function tensorflowServingRoutes(parts: TensorflowServingRouteParts): TensorflowServingRoutes {
  return { predict: predictRoute(parts), status, metadata, metrics };
}

function get(path: string): HttpRequest {
  return { method: "GET", path, query: "", headers: {}, body: new Uint8Array() };
}

function isPlainName({ query }: HttpRequest, { version, label }: Readonly<Record<string, string>>): boolean {
  return query !== "" && !/[/:]/.test(query) && version === undefined && label === undefined;
}

function noVersions({ name, version }: ModelReference): string {
  return version === undefined
    ? `Could not find any versions of model ${name}`
    : `Could not find version ${version} of model ${name}`;
}
