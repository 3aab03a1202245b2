// Registers workflows and unregisters them: each is kept in the desired state, and its nodes are models there.
import {
  type DesiredModel,
  type DesiredWorkflow,
  InferenceError,
  isInferenceError,
  isModelName,
  type LoadOverrides,
  type ManagementOptions,
  type ManagementService,
  nodeModel,
} from "@sealserve/inference";
import {
  type ArchiveParts,
  type RegisterWorkflowArguments,
  TorchserveRefusal,
  toErrorDocument,
  type WorkflowChanges,
} from "@sealserve/protocols/torchserve";
import type { DesiredStateStore } from "../state/index.ts";
import { type FindParts, type FoundWorkflow, findWorkflow } from "./find-workflow.ts";
import { failed, failedBecause, type NodeLoad, nodeLoads } from "./workflow-nodes.ts";

export interface RegistrationOptions {
  /** Milliseconds that a call may wait for its change to be done everywhere. */
  readonly wait: number;
}

export interface RegistrationParts extends FindParts, ArchiveParts {
  readonly store: DesiredStateStore;
  readonly management: ManagementService;
}

export class WorkflowRegistrations implements WorkflowChanges {
  readonly #options: RegistrationOptions;
  readonly #parts: RegistrationParts;

  constructor(options: RegistrationOptions, parts: RegistrationParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** A workflow whose models cannot be loaded is not left behind, and neither is what was fetched for it. */
  async register(args: RegisterWorkflowArguments, signal: AbortSignal): Promise<string> {
    const { fetcher, workflowFetcher } = this.#parts;
    const found = await findWorkflow(args.url, this.#parts, signal);
    const name = args.workflowName ?? found.spec.name;
    const fetched = new Set<string>();
    let loads: readonly NodeLoad[];
    try {
      loads = await this.#prepare(name, found, fetched, signal);
    } catch (error) {
      for (const entry of fetched) await fetcher?.remove(entry);
      if (found.url !== null) await workflowFetcher?.remove(found.entry);
      throw error;
    }
    // Once it is kept it comes to its end, whether or not whoever asked waits for that.
    const options = { ...this.#options, signal: new AbortController().signal };
    const settled = await Promise.allSettled(loads.map((load) => this.#load(name, load, args, options)));
    const failure = settled.find((each) => each.status === "rejected");
    if (failure) {
      await this.#remove(
        name,
        loads.map(({ model }) => model.name),
      );
      throw failure.reason;
    }
    return name;
  }

  async unregister(name: string): Promise<boolean> {
    const { store } = this.#parts;
    const known = desiredWorkflow(store.current.workflows, name);
    if (!known) return false;
    const models = known.spec.nodes.map((node) => nodeModel(name, node.name));
    await this.#remove(name, models);
    return true;
  }

  /** Kept first: whatever happens then, it can be unregistered with all that belongs to it. */
  async #prepare(name: string, found: FoundWorkflow, fetched: Set<string>, signal: AbortSignal) {
    const { store } = this.#parts;
    const { spec, entry, url, digest } = found;
    if (!isModelName(name)) {
      const message = `Workflow name ${name} is not allowed: a letter or digit, then letters, digits, '.', '_' and '-'`;
      throw new TorchserveRefusal(400, "BadRequestException", message);
    }
    checkFree(store.current.workflows, name);
    const onFound = ({ url: from, entry: place }: NonNullable<LoadOverrides["source"]>): void => {
      if (from !== undefined) fetched.add(place);
    };
    const loads = await nodeLoads(name, spec, { entry, url, digest }, { ...this.#parts, found: onFound }, signal);
    for (const { model } of loads) checkNotLoaded(store.current.models, name, model);
    const desired: DesiredWorkflow = { spec, entry, ...(url !== null && { url }) };
    await store.changeWorkflows((workflows) => {
      checkFree(workflows, name);
      return { ...workflows, [name]: desired };
    });
    return loads;
  }

  async #load(
    workflow: string,
    { model, overrides }: NodeLoad,
    { responseTimeout, startupTimeout }: RegisterWorkflowArguments,
    options: ManagementOptions,
  ): Promise<void> {
    const given: LoadOverrides = {
      ...overrides,
      ...(responseTimeout !== undefined && responseTimeout > 0 && { responseTimeout: responseTimeout * 1000 }),
      ...(startupTimeout !== undefined && startupTimeout > 0 && { startupTimeout: startupTimeout * 1000 }),
    };
    const { management } = this.#parts;
    try {
      await management.load(model, given, options);
    } catch (error) {
      if (!isInferenceError(error) || error.code === "cancelled") throw error;
      // Of a version whose workers do not start the original says that alone.
      if (error.code === "load-failed") {
        const facts = { ...error.facts, model: model.name, version: model.version };
        throw failedBecause(workflow, toErrorDocument(new InferenceError("load-failed", facts)).message);
      }
      throw failed(workflow, model.name, toErrorDocument(error).message);
    }
  }

  async #remove(name: string, models: readonly string[]): Promise<void> {
    const { management, store, workflowFetcher } = this.#parts;
    const options = { ...this.#options, signal: new AbortController().signal };
    const unload = async (model: string): Promise<void> => {
      try {
        await management.unload({ name: model }, options);
      } catch (error) {
        // Somebody unloaded it before; what goes more slowly than anybody waits goes nevertheless.
        const codes: readonly string[] = ["model-not-found", "not-converged"];
        if (!isInferenceError(error) || !codes.includes(error.code)) throw error;
      }
    };
    await Promise.all(models.map(unload));
    const known = desiredWorkflow(store.current.workflows, name);
    await store.changeWorkflows(({ [name]: _, ...others }) => others);
    if (known?.url !== undefined) await workflowFetcher?.remove(known.entry);
  }
}

/** Names come from outside: `constructor` is none of the workflows unless somebody said so. */
export function desiredWorkflow(
  workflows: Readonly<Record<string, DesiredWorkflow>> = {},
  name: string,
): DesiredWorkflow | null {
  return Object.hasOwn(workflows, name) ? (workflows[name] ?? null) : null;
}

function checkFree(workflows: Readonly<Record<string, DesiredWorkflow>> | undefined, name: string): void {
  if (desiredWorkflow(workflows, name)) throw conflict(`Workflow ${name} is already registered.`);
}

/** What somebody registered by that name is not the workflow's to replace. */
function checkNotLoaded(
  models: Readonly<Record<string, DesiredModel>>,
  workflow: string,
  { name, version }: NodeLoad["model"],
): void {
  if (!Object.hasOwn(models, name) || !models[name]?.loaded) return;
  throw failed(workflow, name, `Model version ${version} is already registered for model ${name}`);
}

function conflict(message: string): TorchserveRefusal {
  return new TorchserveRefusal(409, "ConflictStatusException", message);
}
