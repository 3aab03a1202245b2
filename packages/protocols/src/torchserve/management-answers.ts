// What answers TorchServe's management API, over an inference service and what the server knows of its engines.
import {
  headerPrefix,
  InferenceError,
  type InferenceService,
  isInferenceError,
  type ModelStatus,
} from "@sealserve/inference";
import { strictTextOf } from "@sealserve/primitives";
import type { AnswerContext } from "../http/protocol.ts";
import type { ChangeParts } from "./change-answers.ts";
import type {
  DescribeModelArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  ModelReady,
  ServingDescription,
} from "./documents.ts";
import { fieldsResult } from "./handler-prediction.ts";
import { pageOf } from "./page.ts";
import { TorchserveRefusal } from "./refusal.ts";
import { defaultVersion, isRegistered } from "./registered.ts";

export interface ManagementParts {
  readonly service: InferenceService;
  /** What is known of a version beside its state; null where nothing is. */
  describe(model: string, version: string): Promise<ServingDescription | null>;
  /** Left out: whatever would change a model is refused with 405. */
  readonly changes?: ChangeParts;
  /** False: models are neither registered nor unregistered, as in the original while its model API is off; the other changes stay. */
  readonly modelApi?: boolean;
}

export class ManagementAnswers {
  readonly #parts: ManagementParts;

  constructor(parts: ManagementParts) {
    this.#parts = parts;
  }

  /** Models by name, each at its default version. A token is also given when the page ends with the last model. */
  async listModels(page: ListModelsArguments): Promise<ModelList> {
    const registered = (await this.#parts.service.list()).filter(isRegistered);
    const names = [...new Set(registered.map(({ name }) => name))].sort();
    const { items, ...token } = pageOf(names, page);
    const models = items.map(async (name) => {
      const version = await defaultVersion(
        this.#parts.service,
        registered.filter((status) => status.name === name),
      );
      return { modelName: name, modelUrl: (await this.#parts.describe(name, version))?.modelUrl ?? "" };
    });
    return { ...token, models: await Promise.all(models) };
  }

  /** All versions come oldest first; of those no handler is asked. */
  async describeModel(
    { name, version, customized }: DescribeModelArguments,
    { signal }: Pick<AnswerContext, "signal">,
  ): Promise<readonly ModelDescription[]> {
    const registered = await this.#registered(name, version === "all" ? undefined : version);
    if (version === "all") return Promise.all(registered.toReversed().map((status) => this.#describe(status)));
    const wanted = version ?? (await defaultVersion(this.#parts.service, registered));
    const chosen = registered.filter((status) => version !== undefined || status.version === wanted);
    return Promise.all(
      chosen.map(async (status) => ({
        ...(await this.#describe(status)),
        ...(customized ? { customizedMetadata: await this.#ownWords(name, version, signal) } : {}),
      })),
    );
  }

  async modelReady(name: string): Promise<ModelReady> {
    const version = await defaultVersion(this.#parts.service, await this.#registered(name, undefined));
    const description = await this.#parts.describe(name, version);
    return { name, ready: (description?.workers.length ?? 0) > 0 };
  }

  /** Newest first. Throws `model-not-found`, `version-not-found`. */
  async #registered(name: string, version: string | undefined): Promise<readonly ModelStatus[]> {
    const statuses = await this.#parts.service.status(version === undefined ? { name } : { name, version });
    const registered = statuses.filter(isRegistered);
    if (registered.length > 0) return registered;
    throw version === undefined
      ? new InferenceError("model-not-found", { model: name })
      : new InferenceError("version-not-found", { model: name, version });
  }

  async #describe({ name, version, state }: ModelStatus): Promise<ModelDescription> {
    const known = await this.#parts.describe(name, version);
    return {
      ...{ modelName: name, modelVersion: version, ...known },
      ...(state === "available" ? {} : { status: "Unhealthy" }),
    };
  }

  /** What the handler says of itself; an empty object where it says no object, or is none that could be asked. */
  async #ownWords(name: string, version: string | undefined, signal: AbortSignal): Promise<object> {
    const { service } = this.#parts;
    const model = version === undefined ? { name } : { name, version };
    try {
      if ((await service.metadata(model)).kind !== "fields") return {};
      const asked = { model, inputs: [], parameters: { [`${headerPrefix}describe`]: "True" } };
      return objectOf(fieldsResult(await service.infer(asked, signal)).body);
    } catch (error) {
      if (!isInferenceError(error) || (error.code !== "no-instance" && error.code !== "queue-full")) throw error;
      const which = version === undefined ? name : `${name}" Version ${version}`;
      const message = `Model "${which}" has no worker to serve describe request. Please use scale workers API to add workers.`;
      throw new TorchserveRefusal(503, "ServiceUnavailableException", message);
    }
  }
}

function objectOf(answer: Uint8Array): object {
  try {
    const document: unknown = JSON.parse(strictTextOf(answer));
    return typeof document === "object" && document !== null && !Array.isArray(document) ? document : {};
  } catch {
    return {};
  }
}
