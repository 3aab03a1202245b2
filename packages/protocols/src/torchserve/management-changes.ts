// The calls of TorchServe's management API that change what is loaded, as rows that a client and a server read.
import type { ModelSpec } from "@sealserve/inference";
import type { Route } from "../http/route.ts";
import {
  type ChangeResult,
  change,
  changeReply,
  integer,
  parametersOf,
  parametersOfBody,
  present,
} from "./change-codec.ts";
import { badRequest } from "./refusal.ts";
import { torchservePath } from "./torchserve-path.ts";

export interface RegisterArguments {
  /** An entry of the model store, or a URL. */
  readonly url: string;
  /** Left out: as the archive says. */
  readonly modelName?: string;
  readonly handler?: string;
  /** What the handler runs in; left out: as the archive says. */
  readonly runtime?: string;
  readonly batchSize?: number;
  /** Milliseconds. */
  readonly maxBatchDelay?: number;
  readonly initialWorkers?: number;
  /** Seconds. */
  readonly responseTimeout?: number;
  /** Seconds. */
  readonly startupTimeout?: number;
  /** Whether the answer waits for the model to be loaded. */
  readonly synchronous: boolean;
}

export interface ScaleArguments {
  readonly model: ModelSpec;
  readonly minWorker: number;
  readonly maxWorker: number;
  readonly synchronous: boolean;
}

const registerNumbers: ReadonlySet<string> = new Set([
  "batch_size",
  "max_batch_delay",
  "initial_workers",
  "response_timeout",
  "startup_timeout",
]);

/** `POST /models?url=…`; the names may also come as JSON. Without `synchronous` the answer waits, whatever the original's documents say. */
const registerModel: Route<RegisterArguments, ChangeResult> = {
  name: "registerModel",
  method: "POST",
  path: torchservePath("/models"),
  writeRequest: ({ url, modelName, handler, runtime, synchronous, ...numbers }) =>
    change("POST", "/models", {
      ...{ url, model_name: modelName, handler, runtime },
      batch_size: numbers.batchSize,
      max_batch_delay: numbers.maxBatchDelay,
      initial_workers: numbers.initialWorkers,
      response_timeout: numbers.responseTimeout,
      startup_timeout: numbers.startupTimeout,
      synchronous,
    }),
  readRequest(request) {
    const given = parametersOfBody(request, registerNumbers);
    const url = given("url");
    if (url === undefined) throw badRequest("Parameter url is required.");
    return {
      url,
      ...present({
        modelName: given("model_name") || undefined,
        handler: given("handler") || undefined,
        runtime: given("runtime") || undefined,
        batchSize: integer(given("batch_size")),
        maxBatchDelay: integer(given("max_batch_delay")),
        initialWorkers: integer(given("initial_workers")),
        responseTimeout: integer(given("response_timeout")),
        startupTimeout: integer(given("startup_timeout")),
      }),
      synchronous: isTrue(given("synchronous") ?? "true"),
    };
  },
  ...changeReply,
};

/** `PUT /models/{model}[/{version}]`: numbers that are none fall back to their defaults, 1 and the smaller one. */
const scaleModel: Route<ScaleArguments, ChangeResult> = {
  name: "scaleModel",
  method: "PUT",
  path: torchservePath("/models/{model}[/{version}]"),
  writeRequest: ({ model: { name, version }, minWorker, maxWorker, synchronous }) =>
    change("PUT", scaleModel.path.fill({ model: name, version }), {
      min_worker: minWorker,
      max_worker: maxWorker,
      synchronous,
    }),
  readRequest(request, { model = "", version }) {
    const given = parametersOf(request);
    const minWorker = integer(given("min_worker")) ?? 1;
    return {
      model: modelOf({ model, version: version ?? given("model_version") }),
      minWorker,
      maxWorker: integer(given("max_worker")) ?? minWorker,
      synchronous: isTrue(given("synchronous") ?? "false"),
    };
  },
  ...changeReply,
};

/** `PUT /models/{model}/{version}/set-default`. */
const setDefault: Route<ModelSpec, ChangeResult> = {
  name: "setDefault",
  method: "PUT",
  path: torchservePath("/models/{model}/{version}/set-default"),
  writeRequest: ({ name, version }) => change("PUT", setDefault.path.fill({ model: name, version }), {}),
  readRequest: (_, captured) => modelOf(captured),
  ...changeReply,
};

/** `DELETE /models/{model}[/{version}]`. */
const unregisterModel: Route<ModelSpec, ChangeResult> = {
  name: "unregisterModel",
  method: "DELETE",
  path: torchservePath("/models/{model}[/{version}]"),
  writeRequest: ({ name, version }) => change("DELETE", unregisterModel.path.fill({ model: name, version }), {}),
  readRequest: (_, captured) => modelOf(captured),
  ...changeReply,
};

/** The rest of the management API's table (TorchServe, `ManagementRequestHandler`). */
export const torchserveChangeRoutes = { registerModel, scaleModel, setDefault, unregisterModel } as const;

function modelOf({
  model = "",
  version,
}: {
  readonly model?: string;
  readonly version?: string | undefined;
}): ModelSpec {
  return version === undefined ? { name: model } : { name: model, version };
}

/** Java's `Boolean.parseBoolean`: whatever is not this word is false. */
function isTrue(text: string): boolean {
  return text.toLowerCase() === "true";
}
