// What the management listener answers, as an OpenAPI document.
import {
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
  statuses,
} from "./document.ts";
import { descriptionPaths, originalVersion, serverInfo } from "./own-description.ts";

const modelName = inPath("model_name", "The model.");
const modelVersion = inPath("model_version", "Its version.");

const limit = inQuery("limit", "integer", "At most so many, up to 100.", { default: 100 });
const page = inQuery("next_page_token", "string", "The last page's nextPageToken.");
const synchronous = (value: boolean) =>
  inQuery("synchronous", "boolean", "Whether the answer waits until it is done.", { default: value });

const model = object({ modelName: { type: "string" }, modelUrl: { type: "string" } });
const list = object({ nextPageToken: { type: "string" }, models: { type: "array", items: model } }, ["models"]);

const worker = object(
  {
    id: { type: "string" },
    startTime: { type: "string", format: "date-time" },
    status: { type: "string", enum: ["READY", "UNLOADING"] },
    memoryUsage: { type: "integer" },
    pid: { type: "integer" },
    gpu: { type: "boolean" },
  },
  ["id", "startTime", "status"],
);

const queue = object({ remainingCapacity: { type: "integer" }, pendingRequests: { type: "integer" } });

const version = object(
  {
    ...{ modelName: { type: "string" }, modelVersion: { type: "string" }, modelUrl: { type: "string" } },
    ...{ runtime: { type: "string" }, minWorkers: { type: "integer" }, maxWorkers: { type: "integer" } },
    batchSize: { type: "integer" },
    maxBatchDelay: described("integer", "Milliseconds."),
    responseTimeout: described("integer", "Seconds."),
    startupTimeout: described("integer", "Seconds."),
    ...{ workers: { type: "array", items: worker }, jobQueueStatus: queue },
    customizedMetadata: described("object", "What the handler says of itself."),
  },
  ["modelName", "modelVersion"],
);

const registration: Operation = {
  ...{ description: "Loads an archive of the model store.", operationId: "registerModel" },
  parameters: [
    {
      ...inQuery("url", "string", "A file or folder of the model store, or a URL that the server allows."),
      required: true,
    },
    inQuery("model_name", "string", "In place of the archive's."),
    inQuery("handler", "string", "In place of the archive's."),
    inQuery("runtime", "string", "In place of the archive's.", { enum: ["PYTHON", "PYTHON3", "LSP"] }),
    inQuery("batch_size", "integer", "Requests in one batch.", { default: 1 }),
    inQuery("max_batch_delay", "integer", "Milliseconds that a batch may wait for more.", { default: 100 }),
    inQuery("response_timeout", "integer", "Seconds that an answer may take.", { default: 120 }),
    inQuery("startup_timeout", "integer", "Seconds that a worker may take to start.", { default: 120 }),
    inQuery("initial_workers", "integer", "Workers to start.", { default: 0 }),
    synchronous(true),
  ],
  responses: { ...statuses(200, 202), ...refusals(400, 404, 405, 409, 500) },
};

function description(parameters: Operation["parameters"], operationId: string): Operation {
  const customized = inQuery("customized", "boolean", "Whether the handler is asked, too.", { default: false });
  return {
    ...{ description: "What is known of a model.", operationId, parameters: [...parameters, customized] },
    responses: { 200: { description: "OK", ...json({ type: "array", items: version }) }, ...refusals(404, 500, 503) },
  };
}

function scaling(parameters: Operation["parameters"], operationId: string): Operation {
  return {
    ...{ description: "How many workers a model has.", operationId },
    parameters: [
      ...parameters,
      inQuery("min_worker", "integer", "At least so many.", { default: 1 }),
      inQuery("max_worker", "integer", "At most so many; as min_worker where nothing is said."),
      synchronous(false),
    ],
    responses: { ...statuses(200, 202, 206), ...refusals(400, 404, 500) },
  };
}

function unregistration(parameters: Operation["parameters"], operationId: string): Operation {
  return {
    ...{ description: "Ends a model; its default version goes last.", operationId, parameters },
    responses: { ...statuses(200), ...refusals(403, 404, 405) },
  };
}

const ofModel: Paths = {
  "/models/{model_name}": {
    get: description([modelName], "describeModel"),
    put: scaling([modelName], "setAutoScale"),
    delete: unregistration([modelName], "unregisterModel"),
  },
  "/models/{model_name}/{model_version}": {
    get: description([modelName, modelVersion], "version_describeModel"),
    put: scaling([modelName, modelVersion], "version_setAutoScale"),
    delete: unregistration([modelName, modelVersion], "version_unregisterModel"),
  },
  "/models/{model_name}/{model_version}/set-default": {
    put: {
      description: "Makes this version the one that answers where none is named.",
      ...{ operationId: "setDefault", parameters: [modelName, modelVersion] },
      responses: { ...statuses(200), ...refusals(404, 500) },
    },
  },
};

export const managementDescription: OpenApi = openApi(serverInfo, {
  ...descriptionPaths,
  "/models": {
    get: {
      ...{ description: "The models, by name.", operationId: "listModels", parameters: [limit, page] },
      responses: { 200: { description: "OK", ...json(list) }, ...refusals(500) },
    },
    post: registration,
  },
  ...ofModel,
});

export function modelDescription(name: string): OpenApi {
  return openApi({ title: `RESTful Management API for: ${name}`, version: originalVersion }, ofModel);
}
