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
  readonly #models = new Map<string, LoadedModel>();
  readonly #epoch: () => number;

  constructor({ epoch }: { readonly epoch: () => number }) {
    this.#epoch = epoch;
  }

  add(definition: ModelDefinition, metadata: ModelMetadata): void {
    const { name, version } = definition;
    this.#models.set(key(name, version), { definition, metadata, since: this.#epoch() });
  }

  remove(model: string, version: string): void {
    this.#models.delete(key(model, version));
  }

  find(model: string, version: string): LoadedModel | null {
    return this.#models.get(key(model, version)) ?? null;
  }
}

function key(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
