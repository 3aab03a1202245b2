// Which inputs of a model a request has named: none that the model does not have, and in the end all of them.
import { InferenceError, type ModelMetadata, type TensorMetadata } from "@sealserve/inference";

/** The names of a model and of what it takes. */
export type ModelInputs = Pick<ModelMetadata, "name" | "inputs">;

export class InputNames {
  readonly #model: string;
  readonly #inputs: ReadonlyMap<string, TensorMetadata>;
  readonly #found = new Set<string>();

  constructor({ name, inputs }: ModelInputs) {
    this.#model = name;
    this.#inputs = new Map(inputs.map((input) => [input.name, input]));
  }

  /** The input of this name. Throws `unexpected-input`. */
  take(name: string): TensorMetadata {
    const input = this.#inputs.get(name);
    if (input === undefined) throw new InferenceError("unexpected-input", { ...this.#facts(), input: shortened(name) });
    this.#found.add(name);
    return input;
  }

  /** Throws `missing-input` unless every input was taken. */
  end(): void {
    const missing = [...this.#inputs.keys()].filter((name) => !this.#found.has(name));
    if (missing.length > 0) throw new InferenceError("missing-input", { ...this.#facts(), missing });
  }

  #facts() {
    return { model: this.#model, expected: [...this.#inputs.keys()], found: [...this.#found] };
  }
}

/** Text from a request, cut so that no body leaves within a message (TensorFlow Serving cuts at 256 too). */
export function shortened(text: string): string {
  return text.length > 256 ? `${text.slice(0, 256)}...` : text;
}
