// What answers TorchServe's management API, over an inference service and what the server knows of its engines.
import { InferenceError, type InferenceService, type ModelStatus } from "@sealserve/inference";
import type { ChangeParts } from "./change-answers.ts";
import type {
  DescribeModelArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  ServingDescription,
} from "./documents.ts";
import { defaultVersion, isRegistered } from "./registered.ts";

export interface ManagementParts {
  readonly service: InferenceService;
  /** What is known of a version beside its state; null where nothing is. */
  describe(model: string, version: string): Promise<ServingDescription | null>;
  /** Left out: whatever would change a model is refused with 405, as the original does while its model API is off. */
  readonly changes?: ChangeParts;
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
      const version = await defaultVersion(
        this.#parts.service,
        registered.filter((status) => status.name === name),
      );
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
    const wanted = version === undefined ? await defaultVersion(this.#parts.service, registered) : version;
    const chosen =
      one === undefined && version === undefined ? registered.filter((s) => s.version === wanted) : registered;
    return Promise.all(chosen.map((status) => this.#describe(status)));
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
