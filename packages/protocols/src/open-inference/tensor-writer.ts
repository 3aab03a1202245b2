// Tensors of a request or a reply as JSON objects, with their data in them or behind them.
import type { Tensor, TensorMetadata } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { type JsonWriter, type Paced, writeElements } from "../json/index.ts";
import { writeParameters } from "./parameter-codec.ts";

/**
 * Writes one tensor, keys in Triton's order. As binary data, its bytes are added to `binary` as they are.
 * Throws `unsupported` for FP16 and BF16 as JSON, `invalid-value` for bytes that are no text as JSON.
 */
export function* writeTensor(writer: JsonWriter, tensor: Tensor, asBinary: boolean, binary: Bytes[]): Paced<void> {
  const { bytes, parameters } = tensor;
  writer.beginObject();
  writeSignature(writer, tensor);
  if (parameters || asBinary) {
    writer.key("parameters");
    writer.beginObject();
    if (parameters) writeParameters(writer, parameters);
    if (asBinary) {
      writer.key("binary_data_size");
      writer.number(bytes.length);
    }
    writer.endObject();
  }
  if (asBinary) binary.push(bytes);
  else {
    writer.key("data");
    // Triton widens FP32 to a double and writes that one's digits.
    yield* writeElements(writer, tensor, { floats: "double", layout: "flat" });
  }
  writer.endObject();
}

/** The members that describe a tensor, without its data, into the object that is open. */
export function writeSignature(writer: JsonWriter, { name, datatype, shape }: TensorMetadata): void {
  writer.key("name");
  writer.string(name);
  writer.key("datatype");
  writer.string(datatype);
  writer.key("shape");
  writer.beginArray();
  for (const size of shape) writer.number(size);
  writer.endArray();
}
