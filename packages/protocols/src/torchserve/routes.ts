// The calls of TorchServe's inference API, as rows that a client and a server read.
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpAnswer, HttpReply } from "../http/message.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type {
  InvokeArguments,
  Ping,
  PredictArguments,
  PredictResult,
  PredictStream,
  ServerMetadata,
} from "./documents.ts";
import { jsonReply } from "./json-reply.ts";
import { readPrediction, readPredictionWithQuery, writePrediction } from "./prediction-request.ts";
import { torchservePath } from "./torchserve-path.ts";

/** `GET /ping`: 200 or 500, and the same in words. */
const ping: Route<Record<never, never>, Ping> = {
  name: "ping",
  method: "GET",
  path: torchservePath("/ping"),
  writeRequest: () => get("/ping"),
  readRequest: () => ({}),
  writeReply: ({ healthy }) => jsonReply(healthy ? 200 : 500, { status: healthy ? "Healthy" : "Unhealthy" }),
  readReply: ({ status, body }) => ({ healthy: status === 200 && isHealthy(readJsonDocument(body)) }),
};

/** A client takes a stream whole. */
const predictReply = {
  writeReply(answer: PredictResult | PredictStream): HttpReply {
    const { status, reason, headers } = answer;
    const body = "parts" in answer ? answer.parts : [answer.body];
    return { status, headers, body, ...(reason === undefined ? {} : { reason }) };
  },
  readReply: ({ status, headers, body }: HttpAnswer): PredictResult => ({ status, headers, body }),
};

/** `POST /predictions/{model}[/{version}[/{rest}]]`; the original takes other methods too. */
const predict = predictionOn("predict", "/predictions/{model}[/{version}][/{rest*}]", false);

/** `POST /explanations/{model}[/{version}[/{rest}]]`. */
const explain = predictionOn("explain", "/explanations/{model}[/{version}][/{rest*}]", true);

/** KServe's first protocol; what the body means is the model's envelope to say. */
const predictV1 = predictionOn("predictV1", "/v1/models/{model}:predict", false);
const explainV1 = predictionOn("explainV1", "/v1/models/{model}:explain", true);

/** KServe's second protocol, likewise. */
const inferV2 = predictionOn("inferV2", "/v2/models/{model}/infer", false);
const explainV2 = predictionOn("explainV2", "/v2/models/{model}/explain", true);

/** `POST /{model}[/{version}]/predict`, the path of old: pairs of the query are fields. */
const predictOld = {
  ...predictReply,
  name: "predictOld",
  method: "POST",
  // Paths of other protocols on the same port are none of it.
  path: torchservePath("/{model}[/{version}]/predict", { limits: { model: "(?!v[12]/)[^/:]+" } }),
  writeRequest: ({ model: { name, version }, ...given }: PredictArguments) =>
    writePrediction(predictOld.path.fill({ model: name, version }), given),
  readRequest: (request, { model = "", version }) => ({
    ...{ model: specOf(model, version), urlPath: "", explain: null },
    ...readPredictionWithQuery(request),
  }),
} satisfies Route<PredictArguments, PredictResult | PredictStream> as PredictRoute;

/** SageMaker's `POST /invocations[?model_name=…]`: the query, a form or nothing names the model. */
const invoke = {
  ...predictReply,
  name: "invoke",
  method: "POST",
  path: torchservePath("/invocations"),
  writeRequest: ({ name, ...given }: InvokeArguments) =>
    writePrediction("/invocations", given, name === null ? "" : new URLSearchParams({ model_name: name }).toString()),
  readRequest(request) {
    const name = new URLSearchParams(request.query).get("model_name");
    return { name: name === "" ? null : name, ...readPrediction(request) };
  },
} satisfies Route<InvokeArguments, PredictResult | PredictStream> as PredictRoute<InvokeArguments>;

/** SageMaker's `POST /models/{model}/invoke` of several models. */
const invokeModel = predictionOn("invokeModel", "/models/{model}/invoke", null);

/** `GET /v2`, `/v2/health/live` and `/v2/health/ready`: of the whole server. */
const metadataV2 = stateOf<ServerMetadata>("metadataV2", "/v2");
const liveV2 = stateOf<{ readonly live: boolean }>("liveV2", "/v2/health/live");
const readyV2 = stateOf<{ readonly ready: boolean }>("readyV2", "/v2/health/ready");

/** The inference API's table (TorchServe, `InferenceRequestHandler`). */
export const torchserveInferenceRoutes = {
  ...{ ping, predict, explain, predictV1, explainV1, inferV2, explainV2 },
  ...{ predictOld, invoke, invokeModel, metadataV2, liveV2, readyV2 },
} as const;

/** A row whose client always gets the whole answer. */
export interface PredictRoute<Arguments = PredictArguments> extends Route<Arguments, PredictResult | PredictStream> {
  readReply(answer: HttpAnswer): PredictResult;
}

function predictionOn(name: string, pattern: string, explains: boolean | null): PredictRoute {
  const path: PathPattern = torchservePath(pattern);
  return {
    ...predictReply,
    ...{ name, method: "POST", path },
    writeRequest: ({ model, urlPath, ...given }) =>
      writePrediction(
        path.fill({ model: model.name, version: model.version, rest: urlPath === "" ? undefined : urlPath }),
        given,
      ),
    readRequest: (request, { model = "", version, rest = "" }) => ({
      ...{ model: specOf(model, version), urlPath: rest, explain: explains },
      ...readPrediction(request),
    }),
  };
}

function stateOf<State extends object>(name: string, path: string): Route<Record<never, never>, State> {
  return {
    ...{ name, method: "GET", path: torchservePath(path) },
    writeRequest: () => get(path),
    readRequest: () => ({}),
    writeReply: (state) => jsonReply(200, state),
    readReply: ({ body }) => readJsonDocument(body) as State,
  };
}

function specOf(name: string, version: string | undefined) {
  return version === undefined ? { name } : { name, version };
}

function get(path: string) {
  return { method: "GET", path, query: "", headers: {}, body: new Uint8Array() };
}

function isHealthy(document: unknown): boolean {
  return typeof document === "object" && document !== null && "status" in document && document.status === "Healthy";
}
