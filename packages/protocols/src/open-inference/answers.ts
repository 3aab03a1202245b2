// What answers each call of the table, over an inference service.
import {
  checkedTensor,
  everyModelServes,
  InferenceError,
  type InferenceRequest,
  type InferenceService,
  isInferenceError,
  type ManagementService,
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
  /** Left out: load and unload are refused in Triton's words. */
  readonly changes?: {
    readonly management: ManagementService;
    /** Milliseconds that a load may wait for its end. */
    readonly wait: number;
  };
}

/** Told in Triton's words, see `errors.ts`. */
const changesOff = { what: "explicit model load / unload", reason: "not allowed" } as const;

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
    async load({ model, parameters }, { signal }) {
      const { management, wait } = allowed();
      // A configuration or files that come with the call would be neither sealed nor measured.
      const [first] = parameters;
      if (first !== undefined) throw new InferenceError("unsupported", { what: `load parameter '${first}'` });
      try {
        await management.load({ name: model }, {}, { wait, signal });
      } catch (error) {
        if (!isInferenceError(error) || error.code !== "model-not-found") throw error;
        const reason = "failed to poll from model repository";
        throw new InferenceError("load-failed", { model, version: null, reason }, error);
      }
      return undefined;
    },
    /** Returns once it is initiated, as the original does. No model here depends on another one. */
    async unload({ model, parameters }, { signal }) {
      const { management } = allowed();
      const unknown = parameters.find((name) => name !== "unload_dependents");
      if (unknown !== undefined) throw new InferenceError("unsupported", { what: `unload parameter '${unknown}'` });
      await management.unload({ name: model }, { wait: 0, signal });
      return undefined;
    },
  };

  function allowed(): NonNullable<OpenInferenceParts["changes"]> {
    if (parts.changes) return parts.changes;
    throw new InferenceError("unavailable", changesOff);
  }

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
