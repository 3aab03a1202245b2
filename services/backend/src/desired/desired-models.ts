// What the desired state says of each model, beside what the store and the configuration say.
import type { ScannedModel } from "@sealserve/engines";
import type { DesiredModel, DesiredState } from "@sealserve/inference";
import { specific } from "@sealserve/serving";
import { chooseVersions } from "../choose-versions.ts";
import type { BackendConfig, ModelSettings } from "../config.ts";

type Versions = ScannedModel["versions"];

/** The versions that were chosen when a call said something of a model, for as long as it holds. */
interface Chosen {
  readonly said: DesiredModel;
  readonly versions: readonly string[];
}

export class DesiredModels {
  readonly #config: Pick<BackendConfig, "modelControl" | "models">;
  readonly #chosen = new Map<string, Chosen>();
  #models: DesiredState["models"] = {};

  constructor(config: Pick<BackendConfig, "modelControl" | "models">) {
    this.#config = config;
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

  settings(model: string): ModelSettings {
    const { instances, maxBatchSize, maxQueueDelay, responseTimeout } = saidOf(this.#models, model) ?? {};
    const said = Object.entries({ instances, maxBatchSize, maxQueueDelay, responseTimeout });
    return { ...this.#config.models[model], ...Object.fromEntries(said.filter(([, value]) => value !== undefined)) };
  }

  /** Of the versions in the store those that ought to serve. */
  choose(model: string, { versions, policy }: ScannedModel): Versions {
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

/** Names come from outside: `constructor` is none of the models unless somebody said so. */
function saidOf(models: DesiredState["models"], model: string): DesiredModel | undefined {
  return Object.hasOwn(models, model) ? models[model] : undefined;
}
