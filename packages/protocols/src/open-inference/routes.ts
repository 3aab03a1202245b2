// The table of the Open Inference Protocol v2 over HTTP, with Triton's extensions: one row for each call.
import { InferenceError, type InferenceResponse, type ModelSpec } from "@sealserve/inference";
import type { HttpAnswer, HttpReply, HttpRequest } from "../http/message.ts";
import { type PathPattern, pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { type Pause, runPaced } from "../json/index.ts";
import type { InferArguments } from "./infer-arguments.ts";
import { readInferReply } from "./infer-reply-reader.ts";
import { writeInferReply } from "./infer-reply-writer.ts";
import { readInferRequest } from "./infer-request-reader.ts";
import { type InputForm, writeInferRequest } from "./infer-request-writer.ts";
import {
  type ModelDescription,
  readModelDescription,
  readServerMetadata,
  type ServerMetadata,
  writeModelDescription,
  writeServerMetadata,
} from "./metadata-codec.ts";
import {
  type IndexArguments,
  type IndexEntry,
  type RepositoryModel,
  readChangeArguments,
  readIndex,
  readIndexArguments,
  writeChangeArguments,
  writeIndex,
  writeIndexArguments,
} from "./repository-codec.ts";

export interface OpenInferenceRouteOptions {
  /** How the client sends tensors; the server takes either form. */
  readonly inputForm: InputForm;
}

export interface OpenInferenceRouteParts {
  /** Lets others run while a large JSON tensor is read or written. */
  readonly pause: Pause;
}

/** Health calls have no body: their answer is the status, 200 or 400, and `readReply` takes both. */
export interface OpenInferenceRoutes {
  readonly serverMetadata: Route<undefined, ServerMetadata>;
  readonly live: Route<undefined, boolean>;
  readonly ready: Route<undefined, boolean>;
  readonly modelMetadata: Route<ModelSpec, ModelDescription>;
  readonly modelReady: Route<ModelSpec, boolean>;
  readonly infer: Route<InferArguments, InferenceResponse>;
  readonly repositoryIndex: Route<IndexArguments, readonly IndexEntry[]>;
  readonly load: Route<RepositoryModel, undefined>;
  readonly unload: Route<RepositoryModel, undefined>;
}

type Captured = Readonly<Record<string, string>>;

const json = { "content-type": "application/json" };

/** Sources: Open Inference Protocol v2 "HTTP/REST"; Triton's `extension_binary_data`, `extension_model_repository`. */
export function openInferenceRoutes(
  options: OpenInferenceRouteOptions,
  parts: OpenInferenceRouteParts,
): OpenInferenceRoutes {
  const { pause } = parts;
  const inferPath = modelPath("/infer");
  return {
    serverMetadata: {
      name: "serverMetadata",
      method: "GET",
      path: pathPattern("/v2"),
      writeRequest: () => get("/v2"),
      readRequest: () => undefined,
      writeReply: (metadata) => ({ status: 200, headers: json, body: writeServerMetadata(metadata) }),
      readReply: (answer) => readServerMetadata(answer.body),
    },
    live: healthRoute("live"),
    ready: healthRoute("ready"),
    modelMetadata: {
      name: "modelMetadata",
      method: "GET",
      ...modelRequest(modelPath("")),
      writeReply: (model) => ({ status: 200, headers: json, body: writeModelDescription(model) }),
      readReply: (answer) => readModelDescription(answer.body),
    },
    modelReady: { name: "modelReady", method: "GET", ...modelRequest(modelPath("/ready")), ...healthReply },
    infer: {
      name: "infer",
      method: "POST",
      path: inferPath,
      writeRequest: (args) => ({
        method: "POST",
        path: inferPath.fill(modelCaptures(args.kind === "raw" ? args.model : args.request.model)),
        query: "",
        ...writeInferRequest(args, options.inputForm),
      }),
      readRequest: (request, captured) => runPaced(readInferRequest(modelOf(captured), request), pause),
      writeReply: (response, args) => runPaced(writeInferReply(response, args), pause),
      readReply: (answer) => runPaced(readInferReply(answer), pause),
    },
    repositoryIndex: {
      name: "repositoryIndex",
      method: "POST",
      path: pathPattern("/v2/repository/index"),
      writeRequest: (args) => ({
        method: "POST",
        path: "/v2/repository/index",
        query: "",
        headers: json,
        body: writeIndexArguments(args),
      }),
      readRequest: (request) => readIndexArguments(request.body),
      writeReply: (entries) => ({ status: 200, headers: json, body: writeIndex(entries) }),
      readReply: (answer) => readIndex(answer.body),
    },
    load: changeRoute("load"),
    unload: changeRoute("unload"),
  };
}

function changeRoute(name: "load" | "unload"): Route<RepositoryModel, undefined> {
  const path = pathPattern(`/v2/repository[/{repository}]/models/{model}/${name}`, {
    limits: { repository: "[^/]+", model: "[^/]+" },
  });
  return {
    name,
    method: "POST",
    path,
    writeRequest: ({ model, parameters }) => ({
      method: "POST",
      path: path.fill({ model }),
      query: "",
      headers: json,
      body: writeChangeArguments(parameters),
    }),
    readRequest({ body }, { repository, model = "" }) {
      if (repository !== undefined) {
        throw new InferenceError("unsupported", { what: "'repository_name' specification" });
      }
      return { model, parameters: readChangeArguments(body) };
    },
    writeReply: () => ({ status: 200, headers: {}, body: [] }),
    readReply: () => undefined,
  };
}

function modelPath(rest: string): PathPattern {
  return pathPattern(`/v2/models/{model}[/versions/{version}]${rest}`, {
    limits: { model: "[^/]+", version: "[^/]+" },
  });
}

function modelCaptures({ name, version }: ModelSpec): Readonly<Record<string, string | undefined>> {
  return { model: name, version };
}

function modelOf(captured: Captured): ModelSpec {
  const { model: name = "", version } = captured as { model?: string; version?: string };
  return version === undefined ? { name } : { name, version };
}

function get(path: string): HttpRequest {
  return { method: "GET", path, query: "", headers: {}, body: new Uint8Array() };
}

/** The request's half of a route whose arguments are the model in its path. */
function modelRequest(path: PathPattern): Pick<Route<ModelSpec, never>, "path" | "writeRequest" | "readRequest"> {
  return {
    path,
    writeRequest: (model) => get(path.fill(modelCaptures(model))),
    readRequest: (_, captured) => modelOf(captured),
  };
}

/** The reply's half of a route that only says yes or no. */
const healthReply = {
  writeReply: (yes: boolean): HttpReply => ({
    status: yes ? 200 : 400,
    headers: { "content-type": "text/plain" },
    body: [],
  }),
  readReply: (answer: HttpAnswer): boolean => answer.status === 200,
};

function healthRoute(name: "live" | "ready"): Route<undefined, boolean> {
  const path = `/v2/health/${name}`;
  return {
    name,
    method: "GET",
    path: pathPattern(path),
    writeRequest: () => get(path),
    readRequest: () => undefined,
    ...healthReply,
  };
}
