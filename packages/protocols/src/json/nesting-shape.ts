// The shape of nested lists, told while they are read; ragged lists are refused.
import { InferenceError } from "@sealserve/inference";

/** Follows lists as they open and close. Depth 0 is the outermost list; an element at depth d lies in d lists. */
export class NestingShape {
  readonly #tensor: string;
  /** The size that all lists of a depth have, once one of them has ended. */
  readonly #sizes: number[] = [];
  /** Items so far in the open list of each depth. */
  readonly #items: number[] = [];
  /** How many lists each element lies in, once there was one. */
  #elementDepth: number | null = null;

  constructor(tensor: string) {
    this.#tensor = tensor;
  }

  get shape(): readonly number[] {
    return [...this.#sizes];
  }

  open(depth: number): void {
    if (this.#elementDepth !== null && depth >= this.#elementDepth) throw this.#ragged(depth, "an element", "a list");
    this.#count(depth);
    this.#items[depth] = 0;
  }

  element(depth: number): void {
    this.#elementDepth ??= depth;
    // A list that ended without items has no elements below it either.
    if (this.#elementDepth !== depth || this.#sizes.length > depth) throw this.#ragged(depth, "a list", "an element");
    this.#count(depth);
  }

  close(depth: number): void {
    const found = this.#items[depth] ?? 0;
    const expected = this.#sizes[depth];
    // Lists end from the inside out: the first to end are the innermost.
    if (expected === undefined) this.#sizes[depth] = found;
    else if (expected !== found) throw this.#ragged(depth, `${expected} items`, `${found}`);
  }

  #count(depth: number): void {
    if (depth > 0) this.#items[depth - 1] = (this.#items[depth - 1] ?? 0) + 1;
  }

  #ragged(depth: number, expected: string, found: string): InferenceError<"invalid-shape"> {
    return new InferenceError("invalid-shape", {
      tensor: this.#tensor,
      problem: `its lists are ragged: at depth ${depth} ${expected} expected, but found ${found}`,
    });
  }
}
