// The datatypes of the Open Inference Protocol and the size of their elements.

/** Every datatype of the Open Inference Protocol v2 ("Tensor Data Types"), BF16 included as Triton has it. */
export const datatypes = [
  "BOOL",
  "UINT8",
  "UINT16",
  "UINT32",
  "UINT64",
  "INT8",
  "INT16",
  "INT32",
  "INT64",
  "FP16",
  "BF16",
  "FP32",
  "FP64",
  "BYTES",
] as const;

export type Datatype = (typeof datatypes)[number];

/** A datatype whose elements all have the same size. */
export type FixedDatatype = Exclude<Datatype, "BYTES">;

const sizes: Readonly<Record<FixedDatatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
};

const known: ReadonlySet<string> = new Set(datatypes);

export function isDatatype(text: string): text is Datatype {
  return known.has(text);
}

/** Bytes of one element; BYTES elements have no fixed size and are not accepted here. */
export function elementSize(datatype: FixedDatatype): number {
  return sizes[datatype];
}
