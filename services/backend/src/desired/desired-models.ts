// What the desired state says of each model, beside what the store and the configuration say.
import type { ScannedModel } from "@sealserve/engines";
import type { DesiredModel, DesiredState, ModelSource } from "@sealserve/inference";
import { canonicalVersion, specific } from "@sealserve/serving";
import type { AppliedSettings } from "../apply-settings.ts";
import { chooseVersions } from "../choose-versions.ts";
import type { BackendConfig } from "../config.ts";

type Versions = ScannedModel["versions"];

/** The versions that were chosen when a call said something of a model, for as long as it holds. */
interface Chosen {
  readonly said: DesiredModel;
  readonly versions: readonly string[];
}

export class DesiredModels {
  readonly #config: Pick<BackendConfig, "modelControl" | "models">;
  readonly #chosen = new Map<string, Chosen>();
  readonly #held = new Set<string>();
  #models: DesiredState["models"] = {};

  constructor(config: Pick<BackendConfig, "modelControl" | "models">) {
    this.#config = config;
  }

  /** What lies at `location` is no version of its own accord, but where a call names it as a source. */
  hold(location: string): void {
    this.#held.add(location);
  }

  /** The models of which it says something else than before. */
  take({ models }: DesiredState): readonly string[] {
    const before = this.#models;
    const names = new Set([...Object.keys(before), ...Object.keys(models)]);
    this.#models = models;
    return [...names].filter((name) => JSON.stringify(saidOf(before, name)) !== JSON.stringify(saidOf(models, name)));
  }

  /** The version that serves where none is named; null: the newest. */
  defaultVersion(model: string): string | null {
    return saidOf(this.#models, model)?.defaultVersion ?? null;
  }

  settings(model: string, version: string): AppliedSettings {
    const said = saidOf(this.#models, model);
    const own = ofVersion(said?.versionSettings, version);
    const { instances, maxInstances, maxBatchSize, maxQueueDelay, responseTimeout, startupTimeout } = {
      ...said,
      ...own,
    };
    const settings = { instances, maxInstances, maxBatchSize, maxQueueDelay, responseTimeout };
    const given = Object.entries({ ...settings, loadTimeout: startupTimeout }).filter(
      ([, value]) => value !== undefined,
    );
    return { ...this.#config.models[model], ...Object.fromEntries(given) };
  }

  /** Where this version comes from; null: what the store holds under its name. */
  source(model: string, version: string): ModelSource | null {
    return ofVersion(saidOf(this.#models, model)?.sources, version) ?? null;
  }

  /** By model the versions that come from somewhere else than the store says; none of models that are not to be loaded. */
  sources(): ReadonlyMap<string, Readonly<Record<string, ModelSource>>> {
    const named = Object.entries(this.#models).flatMap(([model, { loaded, sources }]) =>
      loaded && sources ? [[model, sources] as const] : [],
    );
    return new Map(named);
  }

  /** Whatever they are of. */
  allSources(): readonly ModelSource[] {
    return [...this.sources().values()].flatMap((sources) => Object.values(sources));
  }

  /** Of the versions in the store those that ought to serve. */
  choose(model: string, { versions: found, policy }: ScannedModel): Versions {
    const versions = found.filter(
      ({ version, item }) => !this.#held.has(item.location) || this.source(model, version) !== null,
    );
    const said = saidOf(this.#models, model);
    const { modelControl, models } = this.#config;
    if (!said) return modelControl === "explicit" ? [] : chooseVersions(models[model]?.versions, policy)(versions);
    if (!said.loaded) return [];
    const own = () => chooseVersions(models[model]?.versions, policy)(versions).map(({ version }) => version);
    const names = said.versions ?? (modelControl === "explicit" ? this.#once(model, said, own) : own());
    // Whatever else the store comes to hold, requests that name no version are answered by this one.
    return specific(said.defaultVersion === undefined ? names : [...names, said.defaultVersion])(versions);
  }

  /** Where nothing is loaded untold, new versions wait for the next call too. */
  #once(model: string, said: DesiredModel, own: () => readonly string[]): readonly string[] {
    const before = this.#chosen.get(model);
    if (before?.said === said && before.versions.length > 0) return before.versions;
    const versions = own();
    this.#chosen.set(model, { said, versions });
    return versions;
  }
}

function ofVersion<T>(byVersion: Readonly<Record<string, T>> | undefined, version: string): T | undefined {
  const same = (each: string) => canonicalVersion(each) === canonicalVersion(version);
  return Object.entries(byVersion ?? {}).find(([each]) => same(each))?.[1];
}

/** Names come from outside: `constructor` is none of the models unless somebody said so. */
function saidOf(models: DesiredState["models"], model: string): DesiredModel | undefined {
  return Object.hasOwn(models, model) ? models[model] : undefined;
}
