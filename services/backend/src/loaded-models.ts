// What is known of each version beside its state: the definition it is loaded from, and its metadata once it is.
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

/** A definition without its files, which nobody shall keep in memory for a version that does not run. */
export type DefinedModel = Omit<ModelDefinition, "files" | "configuration" | "settings">;

/** A version that was opened, and serves not yet, or could not be loaded. */
export interface OpenedModel {
  readonly definition: DefinedModel;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export class LoadedModels {
  readonly #models = new Map<string, Map<string, LoadedModel>>();
  readonly #opened = new Map<string, OpenedModel>();
  readonly #epoch: () => number;

  constructor({ epoch }: { readonly epoch: () => number }) {
    this.#epoch = epoch;
  }

  /** A load of this version begins. */
  begin(model: string, version: string): void {
    this.#opened.delete(keyOf(model, version));
  }

  opened({ files: _, configuration: __, settings: ___, ...definition }: ModelDefinition): void {
    this.#opened.set(keyOf(definition.name, definition.version), { definition, since: this.#epoch() });
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

  /** As its last load opened it, which may have failed then. */
  findOpened(model: string, version: string): OpenedModel | null {
    return this.#opened.get(keyOf(model, version)) ?? null;
  }

  /** Whether the model, and its version if one is given, is loaded. */
  knows(model: string, version: string | null): boolean {
    const versions = this.#models.get(model);
    return versions !== undefined && (version === null || versions.has(version));
  }
}

function keyOf(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
