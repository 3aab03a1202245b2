// Management calls over a store of the desired state: each is one change of it, and a wait for the nodes where that is asked.
import {
  type DesiredModel,
  type DesiredState,
  InferenceError,
  isModelName,
  type LoadOverrides,
  type ManagementOptions,
  type ManagementService,
  type ModelFetcher,
  type ModelOverrides,
  type ModelSource,
  type ModelSpec,
} from "@sealserve/inference";
import type { Clock } from "@sealserve/serving";
import { checkLoaded, type Goal, missing } from "./convergence.ts";
import type { DesiredStateStore } from "./desired-states.ts";
import { defaultVersion, heldVersions, sameVersion } from "./loaded-versions.ts";
import type { AskNodes, NodeProgress } from "./node-progress.ts";
import { changed, type Held, loaded, unloaded } from "./state-edits.ts";

export interface ManagementServiceOptions {
  /** Milliseconds between questions to the nodes while a call waits. */
  readonly askInterval?: number;
}

export interface ManagementServiceParts {
  readonly store: DesiredStateStore;
  readonly nodes: AskNodes;
  readonly clock: Clock;
  /** Removes what was fetched, with the last version that comes from it; left out: nothing is. */
  readonly fetcher?: Pick<ModelFetcher, "remove">;
}

export function managementService(
  { askInterval = 50 }: ManagementServiceOptions,
  parts: ManagementServiceParts,
): ManagementService {
  return new StoredManagement(askInterval, parts);
}

/** What becomes of what is said of a model. */
type Edit = (said: DesiredModel | undefined, held: Held) => DesiredModel;

class StoredManagement implements ManagementService {
  readonly #askInterval: number;
  readonly #parts: ManagementServiceParts;

  constructor(askInterval: number, parts: ManagementServiceParts) {
    this.#askInterval = askInterval;
    this.#parts = parts;
  }

  async load(model: ModelSpec, overrides: LoadOverrides, options: ManagementOptions): Promise<void> {
    const { source } = overrides;
    if (source) checkName(model.name);
    const nodes = await this.#parts.nodes({ lookFirst: true });
    const goal = await this.#change(nodes, model, (said, held) => {
      if (source) checkEntry(nodes, model, source);
      else checkStored(nodes, model, said);
      return loaded(said, model, overrides, held);
    });
    if (options.wait > 0) checkLoaded(goal, await this.#converged(goal, options));
  }

  async unload(model: ModelSpec, options: ManagementOptions): Promise<void> {
    const nodes = await this.#parts.nodes();
    const before = this.#parts.store.current;
    const goal = await this.#change(nodes, model, (said, held) => {
      if (model.version === undefined && held.versions.length === 0 && !said) checkStored(nodes, model, said);
      return unloaded(said, model, held);
    });
    try {
      if (options.wait > 0) await this.#converged({ ...goal, loaded: false }, options);
    } finally {
      await this.#removeFetched(before, goal.state);
    }
  }

  /** What was fetched for a model goes with it, once nothing comes from it any more. */
  async #removeFetched(before: DesiredState, after: DesiredState): Promise<void> {
    const left = fetchedEntries(after);
    for (const entry of fetchedEntries(before)) {
      if (!left.has(entry)) await this.#parts.fetcher?.remove(entry);
    }
  }

  async change(model: ModelSpec, overrides: ModelOverrides, options: ManagementOptions): Promise<void> {
    const nodes = await this.#parts.nodes();
    const goal = await this.#change(nodes, model, (said, held) => changed(said, model, overrides, held));
    if (options.wait > 0) checkLoaded(goal, await this.#converged(goal, options));
  }

  async #change(nodes: readonly NodeProgress[], model: ModelSpec, edit: Edit): Promise<Goal> {
    const { name } = model;
    const state = await this.#parts.store.change((models) => {
      const said = Object.hasOwn(models, name) ? models[name] : undefined;
      const held = { versions: heldVersions(nodes, name), defaultVersion: defaultVersion(nodes, name, said) };
      return { ...models, [name]: edit(said, held) };
    });
    return { state, model, loaded: true };
  }

  /** What the nodes say once they have come to it. Throws `not-converged` after `wait`, `cancelled` where the caller is gone. */
  async #converged(goal: Goal, { wait, signal }: ManagementOptions): Promise<readonly NodeProgress[]> {
    const { nodes, clock } = this.#parts;
    const until = clock.now() + wait;
    for (;;) {
      const said = await nodes();
      const waiting = missing(goal, said);
      if (waiting === null) return said;
      if (signal.aborted) throw new InferenceError("cancelled", {});
      if (clock.now() >= until) {
        throw new InferenceError("not-converged", { model: goal.model.name, limit: wait, waiting });
      }
      await new Promise<void>((resolve) => clock.setTimer(this.#askInterval, resolve));
    }
  }
}

function fetchedEntries({ models }: DesiredState): ReadonlySet<string> {
  const sources = Object.values(models).flatMap((model) => Object.values(model.sources ?? {}));
  return new Set(sources.filter(({ url }) => url !== undefined).map(({ entry }) => entry));
}

/** Names of models that a store does not hold come from whoever calls. */
function checkName(name: string): void {
  if (isModelName(name)) return;
  const expected = "a letter or digit, then letters, digits, '.', '_' and '-', at most 128";
  throw new InferenceError("invalid-parameter", { parameter: "model_name", expected, found: name.slice(0, 200) });
}

/** Throws `model-not-found` where nodes tell what they could load, and none has the entry. */
function checkEntry(nodes: readonly NodeProgress[], { name }: ModelSpec, { entry, digest }: ModelSource): void {
  // Each fetches it for itself.
  if (digest !== undefined) return;
  if (nodes.every((node) => node.stored === null)) return;
  if (nodes.some((node) => [node.stored, node.workflows].flat().some((each) => each?.entry === entry))) return;
  throw new InferenceError("model-not-found", { model: name });
}

/** Throws `model-not-found` or `version-not-found` where nodes tell what they could load, and none could load it. */
function checkStored(nodes: readonly NodeProgress[], model: ModelSpec, said: DesiredModel | undefined): void {
  const { name, version } = model;
  const stored = nodes.flatMap((node) => node.stored ?? []);
  if (nodes.every((node) => node.stored === null)) return;
  const sourced = Object.keys(said?.sources ?? {}).map((each) => ({ name, version: each }));
  const found = [...stored.filter((each) => each.name === name), ...sourced];
  if (found.length === 0) throw new InferenceError("model-not-found", { model: name });
  if (version !== undefined && !found.some((each) => sameVersion(each.version, version))) {
    throw new InferenceError("version-not-found", { model: name, version });
  }
}
