// The elements of tensors in the messages of the Open Inference protocol over gRPC: one list for each kind of data type.
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  bytesOf,
  type Datatype,
  decodeByteStrings,
  encodeByteStrings,
  InferenceError,
  type TypedValues,
  typedValues,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type {
  InferTensorContents,
  InferTensorContentsSchema,
} from "../../../generated/torchserve/open_inference_pb.ts";

export type Contents = MessageInitShape<typeof InferTensorContentsSchema>;

/** In the binary form of a tensor; of other lists than that of `datatype` nothing is read. Throws `invalid-value`, and `unsupported` for FP16 and BF16. */
export function bytesOfContents(tensor: string, datatype: Datatype, contents: InferTensorContents): Bytes {
  const narrow = (values: readonly number[], typed: Exclude<TypedValues, BigInt64Array | BigUint64Array>): Bytes => {
    const at = values.findIndex((value, i) => value !== typed[i]);
    if (at < 0) return bytesOf(typed);
    throw new InferenceError("invalid-value", { tensor, expected: datatype, found: `the element ${values[at]}` });
  };
  switch (datatype) {
    case "BYTES":
      return encodeByteStrings(contents.bytesContents);
    case "BOOL":
      return Uint8Array.from(contents.boolContents, Number);
    case "INT8":
      return narrow(contents.intContents, Int8Array.from(contents.intContents));
    case "INT16":
      return narrow(contents.intContents, Int16Array.from(contents.intContents));
    case "INT32":
      return bytesOf(Int32Array.from(contents.intContents));
    case "INT64":
      return bytesOf(BigInt64Array.from(contents.int64Contents));
    case "UINT8":
      return narrow(contents.uintContents, Uint8Array.from(contents.uintContents));
    case "UINT16":
      return narrow(contents.uintContents, Uint16Array.from(contents.uintContents));
    case "UINT32":
      return bytesOf(Uint32Array.from(contents.uintContents));
    case "UINT64":
      return bytesOf(BigUint64Array.from(contents.uint64Contents));
    case "FP32":
      return bytesOf(Float32Array.from(contents.fp32Contents));
    case "FP64":
      return bytesOf(Float64Array.from(contents.fp64Contents));
    case "FP16":
    case "BF16":
      throw new InferenceError("unsupported", { what: `${datatype} outside raw_input_contents` });
  }
}

/** Null for FP16 and BF16, which have no list. `bytes` are in the binary form of a tensor. */
export function contentsOf(tensor: string, datatype: Datatype, bytes: Bytes): Contents | null {
  switch (datatype) {
    case "BYTES":
      return { bytesContents: decodeByteStrings(tensor, bytes) };
    case "BOOL":
      return { boolContents: Array.from(bytes, (byte) => byte !== 0) };
    case "INT8":
    case "INT16":
    case "INT32":
      return { intContents: Array.from(typedValues(datatype, bytes), Number) };
    case "INT64":
      return { int64Contents: Array.from(typedValues(datatype, bytes), BigInt) };
    case "UINT8":
    case "UINT16":
    case "UINT32":
      return { uintContents: Array.from(typedValues(datatype, bytes), Number) };
    case "UINT64":
      return { uint64Contents: Array.from(typedValues(datatype, bytes), BigInt) };
    case "FP32":
      return { fp32Contents: Array.from(typedValues(datatype, bytes), Number) };
    case "FP64":
      return { fp64Contents: Array.from(typedValues(datatype, bytes), Number) };
    case "FP16":
    case "BF16":
      return null;
  }
}
