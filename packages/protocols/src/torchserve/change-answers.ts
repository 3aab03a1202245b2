// What answers the calls of TorchServe's management API that change what is loaded.
import {
  InferenceError,
  type InferenceService,
  isInferenceError,
  type ManagementService,
  type ModelOverrides,
  type ModelSpec,
  type StoredVersion,
} from "@sealserve/inference";
import type { AnswerContext } from "../http/protocol.ts";
import type { ErrorDocument } from "./errors.ts";
import type { ChangeResult, RegisterArguments, ScaleArguments } from "./management-changes.ts";
import { defaultVersion, isRegistered } from "./registered.ts";

export interface ChangeParts {
  readonly management: ManagementService;
  /** What lies in the model store, loaded or not. */
  stored(): Promise<readonly StoredVersion[]>;
  /** Milliseconds that a call may wait for its change to be done everywhere. */
  readonly wait: number;
}

const processing: ChangeResult = { code: 202, status: "Processing worker updates..." };

/** Instances of a model that may run at once. */
const mostWorkers = 64;

export class ChangeAnswers {
  readonly #service: InferenceService;
  readonly #parts: ChangeParts;

  constructor(service: InferenceService, parts: ChangeParts) {
    this.#service = service;
    this.#parts = parts;
  }

  /** A model always has a worker: 0 initial workers count as 1. */
  async register(args: RegisterArguments, { signal }: AnswerContext): Promise<ChangeResult> {
    const found = await this.#find(args);
    if ("type" in found) return found;
    const { name, version } = found;
    const workers = checkWorkers("initial_workers", Math.max(1, args.initialWorkers ?? 1));
    const registered = await this.#registered(name);
    if (registered.some((each) => each.version === version)) {
      throw new InferenceError("already-loaded", { model: name, version });
    }
    const overrides: ModelOverrides = {
      // The version that was registered first serves where none is named, until another one is chosen.
      ...(registered.length > 0 ? { defaultVersion: await defaultVersion(this.#service, registered) } : {}),
      ...(args.initialWorkers ? { instances: workers } : {}),
      ...(args.batchSize === undefined ? {} : { maxBatchSize: args.batchSize }),
      ...(args.maxBatchDelay === undefined ? {} : { maxQueueDelay: args.maxBatchDelay }),
      ...(args.responseTimeout === undefined ? {} : { responseTimeout: args.responseTimeout * 1000 }),
    };
    await this.#parts.management.load({ name, version }, overrides, this.#options(args.synchronous, signal));
    if (!args.synchronous) return processing;
    return { code: 200, status: `Model "${name}" Version: ${version} registered with ${workers} initial workers` };
  }

  async scale({ model, minWorker, synchronous }: ScaleArguments, { signal }: AnswerContext): Promise<ChangeResult> {
    const { name, version } = model;
    const instances = checkWorkers("min_worker", minWorker);
    await this.#checkRegistered(model);
    try {
      await this.#parts.management.change(model, { instances }, this.#options(synchronous, signal));
    } catch (error) {
      if (!isInferenceError(error) || error.code !== "not-converged") throw error;
      return { code: 206, status: "Workers scaling in progress..." };
    }
    if (!synchronous) return processing;
    const which = version === undefined ? name : `${name}, version: ${version}`;
    return { code: 200, status: `Workers scaled to ${instances} for model: ${which}` };
  }

  async setDefault(model: ModelSpec, { signal }: AnswerContext): Promise<ChangeResult> {
    const { name, version = "" } = model;
    await this.#checkRegistered({ name });
    if (!(await this.#registered(name)).some((status) => status.version === version)) {
      // Other words than those of the other calls, in the original too.
      const message = `Model version ${version} does not exist for model ${name}`;
      return { code: 404, type: "ModelVersionNotFoundException", message };
    }
    await this.#parts.management.change(model, { defaultVersion: version }, this.#options(true, signal));
    return { code: 200, status: `Default version successfully updated for model "${name}" to "${version}"` };
  }

  /** Without a version it means the default one, which goes only after all others. */
  async unregister({ name, version }: ModelSpec, { signal }: AnswerContext): Promise<ChangeResult> {
    await this.#checkRegistered(version === undefined ? { name } : { name, version });
    const registered = await this.#registered(name);
    const last = registered.length === 1;
    const gone = last ? { name } : { name, version: version ?? (await defaultVersion(this.#service, registered)) };
    await this.#parts.management.unload(gone, this.#options(true, signal));
    return { code: 200, status: `Model "${name}" unregistered` };
  }

  #options(synchronous: boolean, signal: AbortSignal) {
    return { wait: synchronous ? this.#parts.wait : 0, signal };
  }

  /** What the archive holds. Only files of the model store are taken, and only under the name that they have. */
  async #find({ url, modelName, handler }: RegisterArguments): Promise<StoredVersion | ErrorDocument> {
    if (url.split(/[\\/]/).includes("..")) return notFound(`Relative path is not allowed in url: ${url}`);
    if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return notFound(`Given URL ${url} does not match any allowed URL(s)`);
    if (handler !== undefined) throw new InferenceError("unsupported", { what: "another handler than the archive's" });
    const found = (await this.#parts.stored()).filter(({ entry }) => entry === url).at(-1);
    if (!found) return notFound(`Model not found at: ${url}`);
    if (modelName !== undefined && modelName !== "" && modelName !== found.name) {
      throw new InferenceError("unsupported", { what: "another name than the archive's" });
    }
    return found;
  }

  async #registered(name: string) {
    return (await this.#service.list()).filter((status) => status.name === name && isRegistered(status));
  }

  /** Throws `model-not-found` or `version-not-found`. */
  async #checkRegistered({ name, version }: ModelSpec): Promise<void> {
    const registered = await this.#registered(name);
    if (registered.length === 0) throw new InferenceError("model-not-found", { model: name });
    if (version !== undefined && !registered.some((status) => status.version === version)) {
      throw new InferenceError("version-not-found", { model: name, version });
    }
  }
}

function checkWorkers(parameter: string, workers: number): number {
  if (workers >= 1 && workers <= mostWorkers) return workers;
  const expected = `from 1 to ${mostWorkers}; a model without workers is unregistered`;
  throw new InferenceError("invalid-parameter", { parameter, expected, found: String(workers) });
}

function notFound(message: string): ErrorDocument {
  return { code: 404, type: "ModelNotFoundException", message };
}
