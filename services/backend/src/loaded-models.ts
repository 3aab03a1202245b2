// What is known of each loaded version beside its state: the definition it was loaded from, and its metadata.
import type { ModelDefinition } from "@sealserve/engines";
import type { ModelMetadata } from "@sealserve/inference";
import type { InstanceStatus } from "@sealserve/serving";

export interface LoadedModel {
  readonly definition: ModelDefinition;
  readonly metadata: ModelMetadata;
  /** As they are when it is asked; none where its engine has none that could be looked at. */
  readonly instances: () => readonly InstanceStatus[];
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export class LoadedModels {
  readonly #models = new Map<string, Map<string, LoadedModel>>();
  readonly #epoch: () => number;

  constructor({ epoch }: { readonly epoch: () => number }) {
    this.#epoch = epoch;
  }

  /** Of one that is known already, since when it is loaded stays. */
  add(definition: ModelDefinition, metadata: ModelMetadata, instances: LoadedModel["instances"]): void {
    const { name, version } = definition;
    const versions = this.#models.get(name) ?? new Map<string, LoadedModel>();
    const since = versions.get(version)?.since ?? this.#epoch();
    this.#models.set(name, versions.set(version, { definition, metadata, instances, since }));
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
