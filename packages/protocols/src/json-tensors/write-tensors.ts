// Outputs of a model as JSON: lists nested by the shape, in column format or one object a row.
import { decodeByteStrings, encodeByteStrings, InferenceError, type Tensor } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { type JsonWriter, type Paced, writeElements } from "../json/index.ts";
import { writeB64Object, writeText } from "./b64-object.ts";

/**
 * One tensor as nested lists, floats with their shortest digits. Elements of a BYTES tensor are strings; `b64` objects where
 * its name ends in `_bytes`, as TensorFlow Serving has it, and where they are not UTF-8, which the original would pass through.
 */
export function writeTensor(writer: JsonWriter, tensor: Tensor): Paced<void> {
  const writeBytes = tensor.name.endsWith("_bytes") ? writeB64Object : writeText;
  return writeElements(writer, tensor, { floats: "shortest", layout: "nested", writeBytes });
}

/** Column format: the only tensor by itself, several in an object. */
export function* writeColumns(writer: JsonWriter, tensors: readonly Tensor[]): Paced<void> {
  const [only, another] = tensors;
  if (only !== undefined && another === undefined) return yield* writeTensor(writer, only);
  writer.beginObject();
  for (const tensor of tensors) {
    writer.key(tensor.name);
    yield* writeTensor(writer, tensor);
  }
  writer.endObject();
}

/** Row format: the only tensor by itself, of several one object a row. Throws `malformed` where they have no common first dimension. */
export function* writeRows(writer: JsonWriter, tensors: readonly Tensor[]): Paced<void> {
  const rows = rowCount(tensors);
  const [only, another] = tensors;
  if (only !== undefined && another === undefined) return yield* writeTensor(writer, only);
  const columns = tensors.map((tensor) => ({ tensor, rowBytes: rowSplitter(tensor, rows) }));
  writer.beginArray();
  for (let row = 0; row < rows; row++) {
    writer.beginObject();
    for (const { tensor, rowBytes } of columns) {
      writer.key(tensor.name);
      yield* writeTensor(writer, { ...tensor, shape: tensor.shape.slice(1), bytes: rowBytes(row) });
    }
    writer.endObject();
  }
  writer.endArray();
}

function rowCount(tensors: readonly Tensor[]): number {
  let rows: number | undefined;
  for (const { name, shape } of tensors) {
    const [size] = shape;
    if (size === undefined) throw refusal(`Tensor name: ${name} has no shape information `);
    rows ??= size;
    if (size !== rows) throw refusal(`Tensor name: ${name} has inconsistent batch size: ${size} expecting: ${rows}`);
  }
  return rows ?? 0;
}

/** A function from a row to its bytes. */
function rowSplitter({ name, datatype, bytes }: Tensor, rows: number): (row: number) => Bytes {
  if (datatype === "BYTES") {
    const elements = decodeByteStrings(name, bytes);
    const each = elements.length / rows;
    return (row) => encodeByteStrings(elements.slice(row * each, (row + 1) * each));
  }
  const each = bytes.length / rows;
  return (row) => bytes.subarray(row * each, (row + 1) * each);
}

function refusal(problem: string): InferenceError {
  return new InferenceError("malformed", { problem });
}
