// A tensor: a name, a datatype, a shape, and a view on its bytes.
import type { Bytes } from "@sealserve/primitives";
import { byteStringCount } from "./byte-strings.ts";
import { type Datatype, elementSize } from "./datatype.ts";
import { InferenceError } from "./error.ts";
import type { Parameters } from "./parameters.ts";
import { elementCount, type Shape } from "./shape.ts";

/**
 * `bytes` are in the binary form of the Open Inference Protocol: row-major, little-endian, without padding; BOOL is one byte
 * an element; a BYTES element is its length (uint32) and then its bytes. They are a view, often on the request that
 * arrived: nobody writes to them, and they may start at any offset.
 */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: Shape;
  readonly bytes: Bytes;
  readonly parameters?: Parameters;
}

/**
 * The tensor itself, once its shape, datatype and bytes are known to agree.
 * Throws `invalid-shape` or `size-mismatch`.
 */
export function checkedTensor(tensor: Tensor): Tensor {
  const { name, datatype, shape, bytes } = tensor;
  const count = elementCount(name, shape);
  if (datatype === "BYTES") {
    const found = byteStringCount(name, bytes);
    if (found !== count) {
      throw new InferenceError("invalid-value", {
        tensor: name,
        expected: `${count} elements`,
        found: `${found} elements`,
      });
    }
    return tensor;
  }
  const expected = count * elementSize(datatype);
  if (expected !== bytes.length)
    throw new InferenceError("size-mismatch", { tensor: name, expected, found: bytes.length });
  return tensor;
}
