// One tensor from nested JSON lists: its shape is that of the nesting, ragged lists are refused.
import type { Tensor, TensorMetadata } from "@sealserve/inference";
import { ElementsReader, type JsonReader, type Paced } from "../json/index.ts";
import { readB64Object } from "./b64-object.ts";

/** What a tensor is read as; the shape is what arrives, and whoever takes the tensor checks it. */
export type TensorKind = Pick<TensorMetadata, "name" | "datatype">;

/** Reads one or more values of equal shape into one tensor. Elements of a BYTES tensor are strings or `b64` objects. */
export function tensorReader({ name, datatype }: TensorKind): ElementsReader {
  const options = { tensor: name, datatype, count: null, regular: true } as const;
  return new ElementsReader(datatype === "BYTES" ? { ...options, readObject: readB64Object } : options);
}

/** The next value as a tensor. Throws `malformed`, `invalid-value`, `invalid-shape`, and `unsupported` for FP16 and BF16. */
export function* readTensor(reader: JsonReader, kind: TensorKind): Paced<Tensor> {
  const elements = tensorReader(kind);
  yield* elements.read(reader);
  return { name: kind.name, datatype: kind.datatype, shape: elements.shape, bytes: elements.finish() };
}
