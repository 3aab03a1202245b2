// What the inference listener answers, as an OpenAPI document.
import {
  anyBytes,
  described,
  inPath,
  inQuery,
  json,
  type OpenApi,
  type Operation,
  object,
  openApi,
  type Paths,
  refusals,
} from "./document.ts";
import { descriptionPaths, serverInfo } from "./own-description.ts";

const modelName = inPath("model_name", "The model.");
const modelVersion = inPath("model_version", "Its version.");

const body = { description: "What the model takes: one value, or a form of several.", ...anyBytes, required: true };

function prediction(operationId: string, description: string, parameters: Operation["parameters"]): Operation {
  const answered = { 200: { description: "What the model answers; its type is the model's to say.", ...anyBytes } };
  const refused = refusals(400, 404, 500, 503, 507);
  return { description, operationId, parameters, requestBody: body, responses: { ...answered, ...refused } };
}

const health = object({ status: described("string", "Healthy or Unhealthy.") });

const predictions: Paths = {
  "/predictions/{model_name}": { post: prediction("predictions", "A prediction of a model.", [modelName]) },
  "/predictions/{model_name}/{model_version}": {
    post: prediction("version_predictions", "A prediction of one version of a model.", [modelName, modelVersion]),
  },
  "/explanations/{model_name}": { post: prediction("explanations", "An explanation by a model.", [modelName]) },
  "/explanations/{model_name}/{model_version}": {
    post: prediction("version_explanations", "An explanation by one version of a model.", [modelName, modelVersion]),
  },
  "/v1/models/{model_name}:predict": { post: prediction("predict_v1", "KServe's first protocol.", [modelName]) },
  "/v1/models/{model_name}:explain": { post: prediction("explain_v1", "KServe's first protocol.", [modelName]) },
  "/v2/models/{model_name}/infer": { post: prediction("infer_v2", "KServe's second protocol.", [modelName]) },
  "/v2/models/{model_name}/explain": { post: prediction("explain_v2", "KServe's second protocol.", [modelName]) },
  "/invocations": {
    post: prediction("invocations", "A prediction as SageMaker asks for it.", [
      inQuery("model_name", "string", "The model; needed where there is more than one."),
    ]),
  },
};

export const inferenceDescription: OpenApi = openApi(serverInfo, {
  ...descriptionPaths,
  "/ping": {
    get: {
      ...{ description: "Whether every model that ought to serve does.", operationId: "ping", parameters: [] },
      responses: {
        200: { description: "Healthy", ...json(health) },
        500: { description: "Unhealthy", ...json(health) },
      },
    },
  },
  ...predictions,
});

/** Of one model; the first path is spelled as the original spells it. */
export function predictionDescription(name: string): OpenApi {
  const post: Operation = {
    ...{ description: `A prediction of the model ${name}.`, operationId: name, parameters: [] },
    responses: { 200: { description: "OK" }, ...refusals(500) },
  };
  return openApi(
    { title: `RESTful API for: ${name}`, version: "1.0.0" },
    {
      [`/prediction/${name}`]: { post },
      "/v1/models/{model_name}:predict": { post },
      "/v2/models/{model_name}/infer": { post },
    },
  );
}
