// BYTES tensors: each element is a uint32 little-endian length and then its bytes (Triton, binary tensor data extension).
import { ByteCursor, type Bytes, TruncatedError } from "@sealserve/primitives";
import { InferenceError } from "./error.ts";

const lengthSize = 4;

/** The binary form of a list of byte strings. */
export function encodeByteStrings(elements: readonly Bytes[]): Bytes {
  let size = elements.length * lengthSize;
  for (const element of elements) size += element.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + lengthSize);
    at += lengthSize + element.length;
  }
  return bytes;
}

/** The elements of a BYTES tensor, as views. Throws `invalid-value` where a length runs past the end. */
export function decodeByteStrings(tensor: string, bytes: Bytes): Bytes[] {
  const elements: Bytes[] = [];
  walk(tensor, bytes, (element) => elements.push(element));
  return elements;
}

/** How many elements the bytes hold. Throws `invalid-value` where a length runs past the end. */
export function byteStringCount(tensor: string, bytes: Bytes): number {
  let count = 0;
  walk(tensor, bytes, () => count++);
  return count;
}

function walk(tensor: string, bytes: Bytes, visit: (element: Bytes) => void): void {
  const cursor = new ByteCursor(bytes);
  try {
    while (cursor.remaining > 0) visit(cursor.take(cursor.uint32le()));
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
    throw new InferenceError(
      "invalid-value",
      { tensor, expected: "length-prefixed elements", found: "an element that runs past the end" },
      error,
    );
  }
}
