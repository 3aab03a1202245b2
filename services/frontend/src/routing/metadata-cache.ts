// What a backend said of its models' inputs and outputs, so that it is not asked again with each request.
import type { ModelMetadata, ModelSpec } from "@sealserve/inference";

export class MetadataCache {
  readonly #ask: (model: ModelSpec) => Promise<ModelMetadata>;
  readonly #known = new Map<string, Promise<ModelMetadata>>();

  constructor(ask: (model: ModelSpec) => Promise<ModelMetadata>) {
    this.#ask = ask;
  }

  /** Throws what asking throws; then the next call asks again. Only give it models that exist: it keeps each. */
  of(model: ModelSpec): Promise<ModelMetadata> {
    const key = JSON.stringify([model.name, model.version]);
    const known = this.#known.get(key);
    if (known) return known;
    const asked = this.#ask(model);
    this.#known.set(key, asked);
    asked.catch(() => {
      if (this.#known.get(key) === asked) this.#known.delete(key);
    });
    return asked;
  }

  /** Models may have changed. */
  forget(): void {
    this.#known.clear();
  }
}
