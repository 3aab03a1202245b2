// What may be told of onnxruntime's sentence about a failed run, which can hold values of tensors: an index out of range.
import { reasonOf } from "@sealserve/primitives";

/** The part that tells which node of the graph failed; the rest is its own words. */
const node = /^Non-zero status code returned while running .*? node\. Name:'.*?'/s;

/** Complaints about shapes, whose numbers are dimensions. */
const aboutShapes = /dimension|broadcast|shape|rank|axis/i;

/** Complaints whose numbers are values. */
const aboutValues = /idx\s*=|\bvalue|indices|out of (data )?(bounds|range)/i;

/** The whole sentence where it is about shapes; else the failing node alone. */
export function failureReason(thrown: unknown): string {
  const reason = reasonOf(thrown);
  const failing = node.exec(reason)?.[0];
  if (failing === undefined) return reason;
  const own = reason.slice(failing.length);
  return aboutShapes.test(own) && !aboutValues.test(own) ? reason : failing;
}
