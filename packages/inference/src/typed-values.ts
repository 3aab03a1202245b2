// Typed arrays over the bytes of a tensor: a view where the bytes are aligned, a copy where they are not.
import type { Bytes } from "@sealserve/primitives";
import type { FixedDatatype } from "./datatype.ts";

export type TypedValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface TypedArrayType<T extends TypedValues> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** FP16 and BF16 have no native element: their values are the raw 16 bits. */
const types: { readonly [D in FixedDatatype]: TypedArrayType<TypedValues> } = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** Elements of `bytes`, whose length is a multiple of the element size. Assumes a little-endian machine, as Node's all are. */
export function typedValues(datatype: FixedDatatype, bytes: Bytes): TypedValues {
  const type = types[datatype];
  // Not by slice(): that of Node's Buffer is a view.
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, bytes.length / type.BYTES_PER_ELEMENT);
}

/** The bytes of a typed array, as a view. */
export function bytesOf(values: TypedValues): Bytes {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
