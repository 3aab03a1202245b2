// onnxruntime's names of element types and the datatypes of the house.
import type { Datatype } from "@sealserve/inference";
import type { Tensor } from "onnxruntime-node";

const datatypes: { readonly [T in Tensor.Type]?: Datatype } = {
  bool: "BOOL",
  uint8: "UINT8",
  uint16: "UINT16",
  uint32: "UINT32",
  uint64: "UINT64",
  int8: "INT8",
  int16: "INT16",
  int32: "INT32",
  int64: "INT64",
  float16: "FP16",
  float32: "FP32",
  float64: "FP64",
  string: "BYTES",
};

const elementTypes = new Map(Object.entries(datatypes).map(([type, datatype]) => [datatype, type as Tensor.Type]));

/** Null where the protocol has no such datatype: 4-bit integers. */
export function toDatatype(type: Tensor.Type): Datatype | null {
  return datatypes[type] ?? null;
}

/** Null for BF16, which onnxruntime's JavaScript interface does not have. */
export function toElementType(datatype: Datatype): Tensor.Type | null {
  return elementTypes.get(datatype) ?? null;
}

/** Names of onnx.proto's TensorProto.DataType that onnxruntime reports by number when it does not support them. */
const unsupportedTypes: ReadonlyMap<number, string> = new Map([
  [14, "COMPLEX64"],
  [15, "COMPLEX128"],
  [16, "BF16"],
  [17, "FLOAT8E4M3FN"],
  [18, "FLOAT8E4M3FNUZ"],
  [19, "FLOAT8E5M2"],
  [20, "FLOAT8E5M2FNUZ"],
]);

/** The type that onnxruntime's reason for a failed load names by number, or null where it names none. */
export function unsupportedTypeIn(reason: string): string | null {
  const number = /^Unsupported data type: (\d+)$/.exec(reason)?.[1];
  return number === undefined ? null : (unsupportedTypes.get(Number(number)) ?? `number ${number}`);
}
