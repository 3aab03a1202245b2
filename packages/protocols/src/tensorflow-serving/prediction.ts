// A prediction's JSON value as the inputs of a model, and its outputs as a JSON value again.
import {
  InferenceError,
  type InferenceResponse,
  type ModelMetadata,
  statusParameter,
  type Tensor,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonReader, JsonWriter, type Paced } from "../json/index.ts";
import {
  type ModelInputs,
  namesIn,
  type PredictFormat,
  readFormat,
  writeColumns,
  writeRows,
} from "../json-tensors/index.ts";
import { isReadable, isWritable, typeName } from "./datatype-names.ts";

/** The field that a plain value is, for a model that takes fields of any name and declares none. */
const defaultField = "data";

/** The inputs that `value` stands for. Throws `malformed`, `missing-input`, `unexpected-input`, and what is wrong with a tensor. */
export function* readInputs(value: Bytes, format: PredictFormat, metadata: ModelMetadata): Paced<readonly Tensor[]> {
  const reader = new JsonReader(value);
  if (metadata.kind === "fields") {
    const fields = yield* readFormat(reader, format, yield* fieldsOf(reader, format, metadata));
    // A field outside a list is that of a single row.
    return fields.map((field) => (field.shape.length === 0 ? { ...field, shape: [1] } : field));
  }
  for (const { datatype } of metadata.inputs) {
    if (!isReadable(datatype))
      throw new InferenceError("unsupported", { what: `Conversion of a JSON value to type ${typeName(datatype)}` });
  }
  return yield* readFormat(reader, format, metadata);
}

/** The outputs as the value of `predictions` or `outputs`, laid out as it stands in the reply. */
export function* writeOutputs(response: InferenceResponse, format: PredictFormat): Paced<Bytes> {
  refuseErrorStatus(response);
  for (const { datatype } of response.outputs) {
    if (!isWritable(datatype)) {
      const problem = `Failed to write JSON value for tensor type: ${typeName(datatype)}`;
      throw new InferenceError("malformed", { problem });
    }
  }
  const writer = new JsonWriter({ indent: 4 });
  yield* format === "row" ? writeRows(writer, response.outputs) : writeColumns(writer, response.outputs);
  return writer.whole();
}

function* fieldsOf(reader: JsonReader, format: PredictFormat, { name, inputs }: ModelMetadata): Paced<ModelInputs> {
  const names = (yield* namesIn(reader, format)) ?? [inputs[0]?.name ?? defaultField];
  if (names.length === 0) throw new InferenceError("malformed", { problem: "JSON object: names no input" });
  return { name, inputs: names.map((field) => ({ name: field, datatype: "BYTES", shape: [-1] })) };
}

/** A handler may answer with a status of its own; where that is an error, no document of predictions may hide it. */
function refuseErrorStatus({ model, parameters }: InferenceResponse): void {
  const status = parameters?.[statusParameter];
  if (typeof status !== "number" || status < 400) return;
  throw new InferenceError("handler-failed", {
    model: model.name,
    status,
    reason: `it answered with status ${status}`,
  });
}
