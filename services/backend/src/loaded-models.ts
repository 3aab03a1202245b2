// What is known of each loaded version beside its state: the definition it was loaded from, and its metadata.
import type { ModelDefinition } from "@sealserve/engines";
import type { ModelMetadata } from "@sealserve/inference";

export interface LoadedModel {
  readonly definition: ModelDefinition;
  readonly metadata: ModelMetadata;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export class LoadedModels {
  readonly #models = new Map<string, Map<string, LoadedModel>>();
  readonly #epoch: () => number;

  constructor({ epoch }: { readonly epoch: () => number }) {
    this.#epoch = epoch;
  }

  add(definition: ModelDefinition, metadata: ModelMetadata): void {
    const { name, version } = definition;
    const versions = this.#models.get(name) ?? new Map<string, LoadedModel>();
    this.#models.set(name, versions.set(version, { definition, metadata, since: this.#epoch() }));
  }

  remove(model: string, version: string): void {
    const versions = this.#models.get(model);
    versions?.delete(version);
    if (versions?.size === 0) this.#models.delete(model);
  }

  find(model: string, version: string): LoadedModel | null {
    return this.#models.get(model)?.get(version) ?? null;
  }

  /** Whether the model, and its version if one is given, is loaded. */
  knows(model: string, version: string | null): boolean {
    const versions = this.#models.get(model);
    return versions !== undefined && (version === null || versions.has(version));
  }
}
