// Tensors from and to JSON texts of their own, for people who type them.
import type { Tensor } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonReader, JsonWriter, runUnpaced } from "../json/index.ts";
import { readTensor, type TensorKind } from "./read-tensor.ts";
import { writeColumns } from "./write-tensors.ts";

/** A tensor from nested JSON lists, its shape that of the nesting. Throws `malformed` and `invalid-value`. */
export function tensorFromJson(text: Bytes, kind: TensorKind): Tensor {
  const reader = new JsonReader(text);
  const tensor = runUnpaced(readTensor(reader, kind));
  reader.end();
  return tensor;
}

/** One tensor as nested lists, several as an object of them. */
export function tensorsToJson(tensors: readonly Tensor[]): Bytes {
  const writer = new JsonWriter({ indent: 2 });
  runUnpaced(writeColumns(writer, tensors));
  return writer.whole();
}
