// The calls of TensorFlow Serving's REST API, as rows that a client and a server read.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { JsonReader, runUnpaced } from "../json/index.ts";
import { type PredictFormat, readPredictDocument } from "../json-tensors/index.ts";
import type {
  ModelMetadataDocument,
  ModelReference,
  ModelVersionStatus,
  PredictArguments,
  PredictResult,
} from "./documents.ts";
import { errorReply } from "./errors.ts";
import { jsonBytesReply, jsonReply } from "./json-reply.ts";
import { fillModel, modelPath, readModel } from "./model-path.ts";

const requestKeys: Readonly<Record<PredictFormat, string>> = { row: "instances", column: "inputs" };
const replyKeys: Readonly<Record<PredictFormat, string>> = { row: "predictions", column: "outputs" };

/** `POST …:predict`. Bytes behind the document are passed over, as in the original. */
export const predict: Route<PredictArguments, PredictResult> = {
  name: "predict",
  method: "POST",
  path: modelPath(":predict"),
  writeRequest({ model, signatureName, format, value }) {
    const head = `{"signature_name":${JSON.stringify(signatureName)},"${requestKeys[format]}":`;
    return {
      method: "POST",
      path: fillModel(predict.path, model),
      query: "",
      headers: { "content-type": "application/json" },
      body: concatBytes([utf8(head), value, utf8("}")]),
    };
  },
  readRequest(request, captured) {
    const model = readModel(request, captured);
    const { body } = request;
    if (body.length === 0)
      throw new InferenceError("malformed", { problem: "JSON Parse error: The document is empty" });
    const { signatureName, format, range } = runUnpaced(readPredictDocument(new JsonReader(body)));
    return { model, signatureName, format, value: body.subarray(range.start, range.end) };
  },
  writeReply: ({ format, value }) =>
    jsonBytesReply(200, concatBytes([utf8(`{\n    "${replyKeys[format]}": `), value, utf8("\n}\n")])),
  readReply({ body }) {
    const reader = new JsonReader(body);
    reader.beginObject();
    const format = reader.nextKey() === replyKeys.column ? "column" : "row";
    const { start, end } = reader.skip();
    return { format, value: body.subarray(start, end) };
  },
};

/** `GET /v1/models/{model}…`; a result without a version is a 404. */
export const status: Route<ModelReference, readonly ModelVersionStatus[]> = {
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
export const metadata: Route<ModelReference, ModelMetadataDocument> = {
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
export const metrics: Route<Record<never, never>, string> = {
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

const noBody: Bytes = new Uint8Array();

function get(path: string): HttpRequest {
  return { method: "GET", path, query: "", headers: {}, body: noBody };
}

function isPlainName({ query }: HttpRequest, { version, label }: Readonly<Record<string, string>>): boolean {
  return query !== "" && !/[/:]/.test(query) && version === undefined && label === undefined;
}

function noVersions({ name, version }: ModelReference): string {
  return version === undefined
    ? `Could not find any versions of model ${name}`
    : `Could not find version ${version} of model ${name}`;
}
