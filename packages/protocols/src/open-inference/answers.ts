// What answers each call of the table, over an inference service.
import {
  checkedTensor,
  everyModelServes,
  type InferenceRequest,
  type InferenceService,
  type ModelMetadata,
  type ModelSpec,
  type ModelState,
  type ModelStatus,
} from "@sealserve/inference";
import type { AnswersOf } from "../http/protocol.ts";
import type { ModelDescription } from "./metadata-codec.ts";
import { rawTensor } from "./raw-tensor.ts";
import type { IndexEntry, RepositoryState } from "./repository-codec.ts";
import type { OpenInferenceRoutes } from "./routes.ts";

export interface OpenInferenceParts {
  readonly service: InferenceService;
  readonly server: { readonly name: string; readonly version: string };
  /** Whether the process works at all. */
  readonly live: () => boolean;
  /** Whether the process as a whole may take requests. */
  readonly ready: () => boolean;
}

/** Triton's names of the extensions that are built. */
const extensions = ["model_repository", "binary_tensor_data", "parameters"];

export function openInferenceAnswers(parts: OpenInferenceParts): AnswersOf<OpenInferenceRoutes> {
  const { service, server, live, ready } = parts;
  return {
    serverMetadata: async () => ({ ...server, extensions }),
    live: async () => live(),
    // As Triton with strict readiness: one model that should serve and does not makes the server not ready.
    ready: async () => ready() && everyModelServes(await service.list()),
    modelMetadata: async (model) => describe(await service.metadata(model), model),
    async modelReady(model) {
      // Throws unless a version is available.
      await service.metadata(model);
      return true;
    },
    async infer(args, { signal }) {
      const request = args.kind === "raw" ? await rawRequest(args.model, args.body) : args.request;
      const response = await service.infer(request, signal);
      return request.id === undefined || response.id !== undefined ? response : { ...response, id: request.id };
    },
    async repositoryIndex(args) {
      const entries = (await service.list()).map(indexEntry);
      return args.ready ? entries.filter((entry) => entry.state === "READY") : entries;
    },
  };

  async function rawRequest(model: ModelSpec, body: Uint8Array): Promise<InferenceRequest> {
    return { model, inputs: [checkedTensor(rawTensor(await service.metadata(model), body))] };
  }
}

function describe(metadata: ModelMetadata, asked: ModelSpec): ModelDescription {
  const { name, version, versions, platform, inputs, outputs } = metadata;
  return { name, versions: asked.version === undefined ? versions : [version], platform, inputs, outputs };
}

const repositoryStates: Readonly<Record<ModelState, RepositoryState>> = {
  start: "LOADING",
  loading: "LOADING",
  available: "READY",
  unloading: "UNLOADING",
  end: "UNAVAILABLE",
};

function indexEntry({ name, version, state, reason }: ModelStatus): IndexEntry {
  const why = reason ?? (state === "end" ? "unloaded" : undefined);
  return { name, version, state: repositoryStates[state], ...(why === undefined ? undefined : { reason: why }) };
}
