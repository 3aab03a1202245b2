// TorchServe's inference listener: the rows with their answers behind them.
import { bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import { InferenceAnswers, type InferenceParts } from "./answers.ts";
import { jsonReply } from "./json-reply.ts";
import { type TorchserveParts, torchserveListener } from "./listener.ts";
import { descriptionHandlers, descriptionName, modelDescriptionHandler } from "./open-api/description-handlers.ts";
import { inferenceDescription, predictionDescription } from "./open-api/index.ts";
import { torchserveInferenceRoutes } from "./routes.ts";
import { torchservePath } from "./torchserve-path.ts";
import { type WorkflowParts, workflowPrediction } from "./workflows/index.ts";

export interface InferenceListenerParts extends InferenceParts, TorchserveParts, WorkflowParts {
  /** Paths of KServe's protocols; left out: both. False where another protocol on the same port answers them. */
  readonly kserve?: { readonly v1: boolean; readonly v2: boolean };
  /** Whether `/v2` and `/v2/health` are answered (`ts_open_inference_protocol`). */
  readonly openInferenceProtocol?: boolean;
}

const inferencePaths =
  /^\/$|^\/(?:ping|predictions|explanations|invocations|wfpredict|api-description)(?:\/|$)|^\/models\/[^/]+\/invoke\/?$/;

export function torchserveInference(parts: InferenceListenerParts): Protocol {
  const { kserve = { v1: true, v2: true }, openInferenceProtocol = false } = parts;
  const answers = new InferenceAnswers(parts);
  const { ping, predict, explain, predictV1, explainV1, inferV2, explainV2, invoke, invokeModel, predictOld } =
    torchserveInferenceRoutes;
  // Metrics know requests for a model by this name.
  const predicting = (handler: RouteHandler) => anyMethod({ ...handler, name: "predict" });
  const predictions = [
    ...[predict, explain],
    ...(kserve.v1 ? [predictV1, explainV1] : []),
    ...(kserve.v2 ? [inferV2, explainV2] : []),
    ...[invokeModel, predictOld],
  ].map((route) => predicting(bindRoute(route, (args, context) => answers.predict(args, context))));
  const handlers = [
    ...descriptionHandlers(inferenceDescription),
    modelDescriptionHandler("/predictions/{model}[/{version}]", predictionDescription, parts.service),
    anyMethod(bindRoute(ping, () => answers.ping())),
    ...(kserve.v2 && openInferenceProtocol ? stateHandlers(answers) : []),
    ...predictions,
    predicting(bindRoute(invoke, (args, context) => answers.invoke(args, context))),
    workflowPrediction(parts, parts.requestId),
  ];
  return torchserveListener(
    {
      ...{ name: "torchserve.inference", kind: "inference", handlers, paths: inferencePaths },
      ...{ otherMethods: /^\/$/, open: [descriptionName] },
    },
    parts,
  );
}

/** The original asks no method of them. */
function anyMethod(handler: RouteHandler): RouteHandler {
  return { ...handler, method: "*" };
}

function stateHandlers(answers: InferenceAnswers): readonly RouteHandler[] {
  const { metadataV2, liveV2, readyV2 } = torchserveInferenceRoutes;
  return [
    bindRoute(metadataV2, () => answers.metadata()),
    bindRoute(liveV2, async () => ({ live: true })),
    bindRoute(readyV2, async () => ({ ready: answers.ready() })),
    {
      ...{ name: "versions", method: "*", path: torchservePath("/v2/models/{model}/versions[/{rest*}]") },
      handle: async () => jsonReply(501, { error: "Model versioning is not yet supported." }),
    },
  ].map(anyMethod);
}
