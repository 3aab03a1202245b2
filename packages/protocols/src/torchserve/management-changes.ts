// The calls of TorchServe's management API that change what is loaded, as rows that a client and a server read.
import { InferenceError, type ModelSpec } from "@sealserve/inference";
import { readJsonDocument } from "../http/json-document.ts";
import { mediaTypeEssence } from "../http/media-type.ts";
import type { HttpAnswer, HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type { ErrorDocument } from "./errors.ts";
import { jsonReply } from "./json-reply.ts";

export interface RegisterArguments {
  /** A file of the model store. */
  readonly url: string;
  /** Left out: as the archive says. */
  readonly modelName?: string;
  readonly handler?: string;
  readonly batchSize?: number;
  /** Milliseconds. */
  readonly maxBatchDelay?: number;
  readonly initialWorkers?: number;
  /** Seconds. */
  readonly responseTimeout?: number;
  /** Whether the answer waits for the model to be loaded. */
  readonly synchronous: boolean;
}

export interface ScaleArguments {
  readonly model: ModelSpec;
  readonly minWorker: number;
  readonly maxWorker: number;
  readonly synchronous: boolean;
}

/** A status and its sentence, `{"status": …}`; or a refusal in words that only one call has. */
export type ChangeResult = { readonly code: number; readonly status: string } | ErrorDocument;

const reply = {
  writeReply: (result: ChangeResult) => jsonReply(result.code, "status" in result ? { status: result.status } : result),
  readReply: ({ status: code, body }: HttpAnswer): ChangeResult => {
    const { status } = Object(readJsonDocument(body)) as { readonly status?: unknown };
    return { code, status: typeof status === "string" ? status : "" };
  },
};

/** `POST /models?url=…`; the names may also come as JSON. Without `synchronous` the answer waits, whatever the original's documents say. */
const registerModel: Route<RegisterArguments, ChangeResult> = {
  name: "registerModel",
  method: "POST",
  path: pathPattern("/models"),
  writeRequest({ url, modelName, handler, batchSize, maxBatchDelay, initialWorkers, responseTimeout, synchronous }) {
    const named = {
      url,
      model_name: modelName,
      handler,
      batch_size: batchSize,
      max_batch_delay: maxBatchDelay,
      initial_workers: initialWorkers,
      response_timeout: responseTimeout,
      synchronous,
    };
    return change("POST", "/models", named);
  },
  readRequest(request) {
    const given = parametersOf(request);
    const url = given("url");
    if (url === undefined || url === "")
      throw new InferenceError("malformed", { problem: "Parameter url is required." });
    return {
      url,
      ...present({
        modelName: given("model_name"),
        handler: given("handler"),
        batchSize: integer(given("batch_size")),
        maxBatchDelay: integer(given("max_batch_delay")),
        initialWorkers: integer(given("initial_workers")),
        responseTimeout: integer(given("response_timeout")),
      }),
      synchronous: given("synchronous")?.toLowerCase() !== "false",
    };
  },
  ...reply,
};

/** `PUT /models/{model}[/{version}]`: numbers that are none fall back to their defaults, 1 and the smaller one. */
const scaleModel: Route<ScaleArguments, ChangeResult> = {
  name: "scaleModel",
  method: "PUT",
  path: pathPattern("/models/{model}[/{version}]"),
  writeRequest: ({ model: { name, version }, minWorker, maxWorker, synchronous }) =>
    change("PUT", scaleModel.path.fill({ model: name, version }), {
      min_worker: minWorker,
      max_worker: maxWorker,
      synchronous,
    }),
  readRequest(request, captured) {
    const given = parametersOf(request);
    const minWorker = integer(given("min_worker")) ?? 1;
    const maxWorker = integer(given("max_worker")) ?? minWorker;
    if (maxWorker < minWorker) {
      throw new InferenceError("malformed", { problem: "max_worker cannot be less than min_worker." });
    }
    return {
      model: modelOf(captured),
      minWorker,
      maxWorker,
      synchronous: given("synchronous")?.toLowerCase() === "true",
    };
  },
  ...reply,
};

/** `PUT /models/{model}/{version}/set-default`. */
const setDefault: Route<ModelSpec, ChangeResult> = {
  name: "setDefault",
  method: "PUT",
  path: pathPattern("/models/{model}/{version}/set-default"),
  writeRequest: ({ name, version }) => change("PUT", setDefault.path.fill({ model: name, version }), {}),
  readRequest: (_, captured) => modelOf(captured),
  ...reply,
};

/** `DELETE /models/{model}[/{version}]`. */
const unregisterModel: Route<ModelSpec, ChangeResult> = {
  name: "unregisterModel",
  method: "DELETE",
  path: pathPattern("/models/{model}[/{version}]"),
  writeRequest: ({ name, version }) => change("DELETE", unregisterModel.path.fill({ model: name, version }), {}),
  readRequest: (_, captured) => modelOf(captured),
  ...reply,
};

/** The rest of the management API's table (TorchServe, `ManagementRequestHandler`). */
export const torchserveChangeRoutes = { registerModel, scaleModel, setDefault, unregisterModel } as const;

function modelOf({ model = "", version }: { readonly model?: string; readonly version?: string }): ModelSpec {
  return version === undefined ? { name: model } : { name: model, version };
}

/** A parameter of the query or, where the body is JSON, of that. */
function parametersOf({ query, headers, body }: HttpRequest): (name: string) => string | undefined {
  const written = new URLSearchParams(query);
  const isJson = mediaTypeEssence(headers["content-type"] ?? null) === "application/json" && body.length > 0;
  const document: unknown = isJson ? readJsonDocument(body) : null;
  if (isJson && (typeof document !== "object" || document === null || Array.isArray(document))) {
    throw new InferenceError("malformed", { problem: "the body must be a JSON object" });
  }
  return (name) => {
    const found = document && Object.hasOwn(document, name) ? (document as Record<string, unknown>)[name] : null;
    const scalar = typeof found === "string" || typeof found === "number" || typeof found === "boolean";
    return scalar ? String(found) : (written.get(name) ?? undefined);
  };
}

/** As in the original a text that is no number counts as not given. */
function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Without the members that are not given. */
function present<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

function change(method: string, path: string, parameters: Readonly<Record<string, unknown>>): HttpRequest {
  const written = Object.entries(present(parameters)).map(([name, value]): [string, string] => [name, String(value)]);
  return { method, path, query: new URLSearchParams(written).toString(), headers: {}, body: new Uint8Array() };
}
