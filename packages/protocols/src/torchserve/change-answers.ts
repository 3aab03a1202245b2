// What answers the calls of TorchServe's management API that change what is loaded.
import {
  InferenceError,
  type InferenceService,
  isInferenceError,
  type LoadOverrides,
  type ManagementOptions,
  type ManagementService,
  type ModelSpec,
} from "@sealserve/inference";
import type { AnswerContext } from "../http/protocol.ts";
import { type ArchiveParts, findArchive } from "./archives.ts";
import type { ChangeResult } from "./change-codec.ts";
import type { RegisterArguments, ScaleArguments } from "./management-changes.ts";
import { badRequest, TorchserveRefusal } from "./refusal.ts";
import { defaultVersion, isRegistered } from "./registered.ts";

export interface ChangeParts extends ArchiveParts {
  readonly management: ManagementService;
  /** Milliseconds that a call may wait for its change to be done everywhere. */
  readonly wait: number;
  /** Workers of a model that is registered without a number of them; left out: as the model and the configuration say. */
  readonly defaultWorkers?: number;
  /** Workers that a loaded version is to have, as far as that is known; left out: nobody knows. */
  instances?(model: string, version: string): number | null;
}

const processing: ChangeResult = { code: 202, status: "Processing worker updates..." };

/** Milliseconds that a call which does not wait gives its change to be known. */
const shortWait = 100;

/** Instances of a model that may run at once. */
const mostWorkers = 1024;

export class ChangeAnswers {
  readonly #service: InferenceService;
  readonly #parts: ChangeParts;

  constructor(service: InferenceService, parts: ChangeParts) {
    this.#service = service;
    this.#parts = parts;
  }

  /** A model whose workers cannot be started is not left behind. */
  async register(args: RegisterArguments, { signal }: AnswerContext): Promise<ChangeResult> {
    const { name, version, source } = await findArchive(args, this.#parts, signal);
    if ((await this.#registered(name)).some((each) => each.version === version)) {
      if (source?.url !== undefined) await this.#parts.fetcher?.remove(source.entry);
      throw new InferenceError("already-loaded", { model: name, version });
    }
    const workers = args.initialWorkers ?? this.#parts.defaultWorkers;
    const overrides: LoadOverrides = {
      ...(source ? { source } : {}),
      ...(workers === undefined ? {} : { instances: checkWorkers("initial_workers", Math.max(0, workers)) }),
      ...(isPositive(args.batchSize) ? { maxBatchSize: args.batchSize } : {}),
      ...(args.maxBatchDelay === undefined ? {} : { maxQueueDelay: Math.max(0, args.maxBatchDelay) }),
      ...(isPositive(args.responseTimeout) ? { responseTimeout: args.responseTimeout * 1000 } : {}),
      ...(args.startupTimeout === undefined ? {} : { startupTimeout: Math.max(0, args.startupTimeout) * 1000 }),
    };
    const none = overrides.instances === 0;
    if (overrides.startupTimeout === 0 && !none) {
      throw new InferenceError("load-failed", { model: name, version, reason: "it has no time to start" });
    }
    const started = (): number => overrides.instances ?? this.#parts.instances?.(name, version) ?? 1;
    if (!args.synchronous && !none) {
      await this.#begin({ name, version }, overrides, signal);
      return started() === 0 ? registeredWith(0, name, version) : processing;
    }
    await this.#load({ name, version }, overrides, this.#options(true, signal));
    return registeredWith(started(), name, version);
  }

  async scale(
    { model, minWorker, maxWorker, synchronous }: ScaleArguments,
    context: AnswerContext,
  ): Promise<ChangeResult> {
    const { name, version } = model;
    if (maxWorker < minWorker) throw badRequest("max_worker cannot be less than min_worker.");
    await this.#checkRegistered(model);
    if (minWorker < 0) {
      // A slip of the original's, which clients have seen.
      const message = `Index ${minWorker} out of bounds for length 0`;
      throw new TorchserveRefusal(500, "IndexOutOfBoundsException", message);
    }
    const settings = {
      instances: checkWorkers("min_worker", minWorker),
      maxInstances: checkWorkers("max_worker", maxWorker),
    };
    const target = { name, version: version ?? (await defaultVersion(this.#service, await this.#registered(name))) };
    try {
      await this.#parts.management.change(target, settings, this.#options(synchronous, context.signal));
    } catch (error) {
      if (!isInferenceError(error) || error.code !== "not-converged") throw error;
      return { code: 206, status: "Workers scaling in progress..." };
    }
    if (!synchronous) return processing;
    const which = version === undefined ? name : `${name}, version: ${version}`;
    return { code: 200, status: `Workers scaled to ${minWorker} for model: ${which}` };
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

  /** A request that comes right after the answer finds the model; what becomes of it, the answer leaves open. */
  async #begin(model: Required<ModelSpec>, overrides: LoadOverrides, signal: AbortSignal): Promise<void> {
    try {
      await this.#load(model, overrides, { wait: shortWait, signal });
    } catch (error) {
      if (!isInferenceError(error) || (error.code !== "not-converged" && error.code !== "load-failed")) throw error;
    }
  }

  async #load(model: Required<ModelSpec>, overrides: LoadOverrides, options: ManagementOptions) {
    const { management } = this.#parts;
    try {
      await management.load(model, overrides, options);
    } catch (error) {
      if (!isInferenceError(error) || error.code !== "load-failed") throw error;
      const { name, version } = model;
      // What failed is told, whatever becomes of the rest.
      await management.unload(model, options).catch(() => null);
      throw new InferenceError("load-failed", { ...error.facts, model: name, version }, error);
    }
  }

  #options(synchronous: boolean, signal: AbortSignal) {
    return { wait: synchronous ? this.#parts.wait : 0, signal };
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

function registeredWith(workers: number, name: string, version: string): ChangeResult {
  const registered = `Model "${name}" Version: ${version} registered with ${workers} initial workers`;
  return {
    code: 200,
    status: workers === 0 ? `${registered}. Use scale workers API to add workers for the model.` : registered,
  };
}

/** A limit that the original has not: a request must not be able to ask for any number of processes. */
function checkWorkers(parameter: string, workers: number): number {
  if (workers <= mostWorkers) return workers;
  throw new InferenceError("invalid-parameter", {
    ...{ parameter, expected: `at most ${mostWorkers}`, found: String(workers) },
  });
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}
