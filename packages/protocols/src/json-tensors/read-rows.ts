// Inputs of a model in row format: a list with one item a batch element (TensorFlow Serving, `json_tensor.cc`, "instances").
import { InferenceError, isInferenceError, type Tensor } from "@sealserve/inference";
import type { ElementsReader, JsonReader, Paced } from "../json/index.ts";
import { namesFollow } from "./b64-object.ts";
import { type ModelInputs, shortened } from "./input-names.ts";
import { readTensor, tensorReader } from "./read-tensor.ts";

/**
 * A list of values for the only input, or of objects with a value for each. The first dimension of each tensor is the length
 * of the list. Throws `malformed` in TensorFlow Serving's words, and as `readTensor` does.
 */
export function* readRows(reader: JsonReader, { inputs }: ModelInputs): Paced<readonly Tensor[]> {
  if (reader.peek() !== "array") throw refusal("Expecting 'instances' to be an list/array");
  const ahead = reader.ahead();
  ahead.beginArray();
  if (!ahead.nextElement()) throw refusal("No values in 'instances' array");
  if (namesFollow(ahead)) return yield* readNamedRows(reader, inputs);
  const [only, another] = inputs;
  if (only === undefined || another !== undefined) {
    throw refusal(
      "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map",
    );
  }
  return [yield* readTensor(reader, only)];
}

/** What is gathered of each input, by its name. */
type Columns = ReadonlyMap<string, ElementsReader>;

function* readNamedRows(reader: JsonReader, inputs: ModelInputs["inputs"]): Paced<readonly Tensor[]> {
  const columns = new Map(inputs.map((input) => [input.name, tensorReader(input)]));
  let rows = 0;
  reader.beginArray();
  while (reader.nextElement()) {
    yield* readRow(reader, columns, rows);
    rows++;
  }
  return inputs.flatMap(({ name, datatype }) => {
    const column = columns.get(name);
    return column ? [{ name, datatype, shape: [rows, ...column.shape], bytes: column.finish() }] : [];
  });
}

function* readRow(reader: JsonReader, columns: Columns, row: number): Paced<void> {
  const kind = reader.peek();
  if (kind !== "object") throw inRow(row, `JSON Value: ... Type: ${kind} Is not object`);
  reader.beginObject();
  let read = 0;
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    const column = columns.get(key);
    if (column === undefined) throw inRow(row, `JSON object: does not have named input: ${shortened(key)}`);
    try {
      yield* column.read(reader);
    } catch (error) {
      if (!isInferenceError(error) || error.code === "malformed") throw error;
      throw inRow(row, error.message, error);
    }
    read++;
  }
  if (read < columns.size)
    throw inRow(row, `JSON object: ... keys must be equal to: ${shortened([...columns.keys()].join(","))}`);
}

function inRow(row: number, problem: string, cause?: unknown): InferenceError {
  return refusal(`Failed to process element: ${row} of 'instances' list. Error: ${problem}`, cause);
}

function refusal(problem: string, cause?: unknown): InferenceError {
  return new InferenceError("malformed", { problem }, cause);
}
