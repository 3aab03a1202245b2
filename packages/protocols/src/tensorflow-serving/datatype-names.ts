// Datatypes under TensorFlow's names, and which of them its JSON has.
import type { Datatype } from "@sealserve/inference";

const names: Readonly<Record<Datatype, string>> = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "half",
  BF16: "bfloat16",
  FP32: "float",
  FP64: "double",
  BYTES: "string",
};

/** As messages name it: `float`. */
export function typeName(datatype: Datatype): string {
  return names[datatype];
}

/** As metadata names it: `DT_FLOAT`. */
export function enumName(datatype: Datatype): string {
  return `DT_${names[datatype].toUpperCase()}`;
}

/** Whether a request may hold such a tensor (`json_tensor.cc`, `AddValueToTensor`). */
export function isReadable(datatype: Datatype): boolean {
  return isWritable(datatype) && datatype !== "UINT16";
}

/** Whether a reply may hold such a tensor (`json_tensor.cc`, `AddSingleValueAndAdvance`). */
export function isWritable(datatype: Datatype): boolean {
  return datatype !== "FP16" && datatype !== "BF16";
}
