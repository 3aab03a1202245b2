// Elements of a tensor from JSON: flat or nested arrays of numbers, booleans or strings, straight into bytes.
import { type Datatype, InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { type ElementBuffer, elementBuffer, wrongElement } from "./element-buffer.ts";
import type { JsonReader } from "./json-reader.ts";
import { NestingShape } from "./nesting-shape.ts";
import type { Paced } from "./paced.ts";

export interface ElementsOptions {
  /** Names the tensor in errors. */
  readonly tensor: string;
  readonly datatype: Datatype;
  /** Elements expected: one more is refused at once, fewer are the caller's to notice. null: any number. */
  readonly count: number | null;
  /** Whether lists of one level must have one size, which is then reported as a shape. */
  readonly regular: boolean;
  /** Reads an element that is an object, such as `{"b64": …}`; left out: there are none. */
  readonly readObject?: (reader: JsonReader) => Bytes;
}

/** Gathers the elements of one tensor from one value of a document, or from several, such as the rows of a batch. */
export class ElementsReader {
  readonly #options: ElementsOptions;
  readonly #buffer: ElementBuffer;
  readonly #nesting: NestingShape | null;

  /** Throws `unsupported` for FP16 and BF16. */
  constructor(options: ElementsOptions) {
    this.#options = options;
    this.#buffer = elementBuffer(options.tensor, options.datatype);
    this.#nesting = options.regular ? new NestingShape(options.tensor) : null;
  }

  get count(): number {
    return this.#buffer.count;
  }

  /** The shape of each value read so far, [] for a scalar; [] too where it was not asked to be regular. */
  get shape(): readonly number[] {
    return this.#nesting?.shape ?? [];
  }

  /** The elements in the binary form of a tensor. */
  finish(): Bytes {
    return this.#buffer.finish();
  }

  /** Reads one value with all that lies in it. Throws `malformed`, `invalid-value`, and `invalid-shape` for ragged lists. */
  *read(reader: JsonReader): Paced<void> {
    let depth = 0;
    do {
      if (reader.peek() === "array") {
        reader.beginArray();
        this.#nesting?.open(depth);
        depth++;
      } else {
        this.#nesting?.element(depth);
        this.#element(reader);
      }
      while (depth > 0 && !reader.nextElement()) {
        depth--;
        this.#nesting?.close(depth);
      }
      if (reader.pauseDue()) yield;
    } while (depth > 0);
  }

  #element(reader: JsonReader): void {
    const { tensor, datatype, count, readObject } = this.#options;
    const kind = reader.peek();
    if (count !== null && this.count >= count) {
      throw new InferenceError("invalid-value", { tensor, expected: `${count} elements`, found: "more" });
    }
    if (kind === "number") {
      const value = datatype === "INT64" || datatype === "UINT64" ? reader.exactNumber() : reader.number();
      this.#buffer.number(value, reader.wasInteger);
    } else if (kind === "string") this.#buffer.bytes(reader.stringBytes());
    else if (kind === "true" || kind === "false") this.#buffer.boolean(reader.boolean());
    else if (kind === "object" && readObject) this.#buffer.bytes(readObject(reader));
    else throw wrongElement(tensor, datatype, kind === "null" ? "null" : `an ${kind}`, this.count + 1);
  }
}

export interface Elements {
  readonly bytes: Bytes;
  readonly count: number;
  /** As the lists lie in each other, if they were asked to be regular. */
  readonly shape: readonly number[];
}

/** All elements of the next value of `reader`; throws as {@link ElementsReader} does. */
export function* readElements(reader: JsonReader, options: ElementsOptions): Paced<Elements> {
  const elements = new ElementsReader(options);
  yield* elements.read(reader);
  return { bytes: elements.finish(), count: elements.count, shape: elements.shape };
}
