// What answers TorchServe's management API, over an inference service and what the server knows of its engines.
import { InferenceError, type InferenceService, type ModelStatus } from "@sealserve/inference";
import type {
  DescribeModelArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  ServingDescription,
} from "./documents.ts";

export interface ManagementParts {
  readonly service: InferenceService;
  /** What is known of a version beside its state; null where nothing is. */
  describe(model: string, version: string): Promise<ServingDescription | null>;
}

export class ManagementAnswers {
  readonly #parts: ManagementParts;

  constructor(parts: ManagementParts) {
    this.#parts = parts;
  }

  /** Models by name, each at its default version. A token is also given when the page ends with the last model. */
  async listModels({ limit, nextPageToken }: ListModelsArguments): Promise<ModelList> {
    const registered = (await this.#parts.service.list()).filter(isRegistered);
    const names = [...new Set(registered.map(({ name }) => name))].sort();
    const last = nextPageToken + limit;
    const models = names.slice(nextPageToken, last).map(async (name) => {
      const { version } = defaultOf(registered.filter((status) => status.name === name));
      return { modelName: name, modelUrl: (await this.#parts.describe(name, version))?.modelUrl ?? "" };
    });
    const page = { models: await Promise.all(models) };
    return last > names.length ? page : { nextPageToken: String(last), ...page };
  }

  async describeModel({ name, version, customized }: DescribeModelArguments): Promise<readonly ModelDescription[]> {
    if (customized) throw new InferenceError("unsupported", { what: "customized=true" });
    const one = version === "all" ? undefined : version;
    const statuses = await this.#parts.service.status(one === undefined ? { name } : { name, version: one });
    const registered = statuses.filter(isRegistered);
    if (registered.length === 0) {
      throw one === undefined
        ? new InferenceError("model-not-found", { model: name })
        : new InferenceError("version-not-found", { model: name, version: one });
    }
    const wanted = version === undefined ? [defaultOf(registered)] : registered;
    return Promise.all(wanted.map((status) => this.#describe(status)));
  }

  async #describe({ name, version, state }: ModelStatus): Promise<ModelDescription> {
    return {
      modelName: name,
      modelVersion: version,
      ...(await this.#parts.describe(name, version)),
      status: state === "available" ? "Healthy" : "Unhealthy",
    };
  }
}

/** A version that was unloaded as it should is gone; one that failed is still there to be looked at. */
function isRegistered({ state, reason }: ModelStatus): boolean {
  return state !== "end" || reason !== undefined;
}

/** The newest version that serves, else the newest. */
function defaultOf(newestFirst: readonly ModelStatus[]): ModelStatus {
  const chosen = newestFirst.find(({ state }) => state === "available") ?? newestFirst[0];
  if (chosen === undefined) throw new InferenceError("internal", {});
  return chosen;
}
