// Shapes: the product of the dimensions, checked before anything is allocated.
import { InferenceError } from "./error.ts";

/** Sizes of the dimensions of a tensor, outermost first; -1 stands for "any" in metadata and nowhere else. */
export type Shape = readonly number[];

/** The most dimensions a tensor may have: more than any engine here supports, few enough to copy without thought. */
export const maxRank = 64;

/**
 * Number of elements of a tensor of this shape.
 * Throws `invalid-shape` for a dimension that is negative or not an integer, for more than {@link maxRank} dimensions, or
 * for a product that is no safe integer, even where another dimension is zero.
 */
export function elementCount(tensor: string, shape: Shape): number {
  if (shape.length > maxRank) {
    throw new InferenceError("invalid-shape", {
      tensor,
      problem: `has ${shape.length} dimensions, at most ${maxRank} are allowed`,
    });
  }
  let count = 1;
  let zero = false;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new InferenceError("invalid-shape", {
        tensor,
        problem: `dimension ${size} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
      });
    }
    if (size === 0) zero = true;
    else count *= size;
    if (!Number.isSafeInteger(count)) {
      throw new InferenceError("invalid-shape", { tensor, problem: "the product of its dimensions overflows" });
    }
  }
  return zero ? 0 : count;
}

/** Whether `found` fits `expected`, in which -1 takes any size. */
export function shapeFits(expected: Shape, found: Shape): boolean {
  return expected.length === found.length && expected.every((size, i) => size === -1 || size === found[i]);
}
