// The document of a prediction in TensorFlow Serving's form: which signature, which format, and where the value lies.
import { InferenceError, type Tensor } from "@sealserve/inference";
import type { ByteRange, JsonReader, Paced } from "../json/index.ts";
import type { ModelInputs } from "./input-names.ts";
import { readColumns } from "./read-columns.ts";
import { readRows } from "./read-rows.ts";

/** Row: a list with one value a batch element, under `instances`. Column: one value a tensor, under `inputs`. */
export type PredictFormat = "row" | "column";

export interface PredictDocument {
  readonly signatureName: string;
  readonly format: PredictFormat;
  /** Of the value, which is checked to be JSON and not read yet. */
  readonly range: ByteRange;
}

/** The signature that every model here has, and that is meant where none is named. */
export const defaultSignature = "serving_default";

/** Reads the object that is next; keys that are not known are passed over. Throws `malformed` in TensorFlow Serving's words. */
export function* readPredictDocument(reader: JsonReader): Paced<PredictDocument> {
  const kind = reader.peek();
  if (kind !== "object") throw refusal(`JSON Value: ... Type: ${kind} Is not object`);
  let signatureName = defaultSignature;
  const values: { format: PredictFormat; range: ByteRange }[] = [];
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    if (key === "signature_name") {
      if (reader.peek() !== "string")
        throw refusal("JSON Value: ... not formatted correctly. 'signature_name' key must be a string value.");
      signatureName = reader.string();
    } else if (key === "instances") values.push({ format: "row", range: yield* reader.skipPaced() });
    else if (key === "inputs") values.push({ format: "column", range: yield* reader.skipPaced() });
    else yield* reader.skipPaced();
  }
  const [value, another] = values;
  if (value === undefined) throw refusal("Missing 'inputs' or 'instances' key");
  if (another !== undefined)
    throw refusal("Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ");
  return { signatureName, ...value };
}

/** The inputs that `value` stands for. Throws as `readRows` and `readColumns` do. */
export function readFormat(value: JsonReader, format: PredictFormat, model: ModelInputs): Paced<readonly Tensor[]> {
  return format === "row" ? readRows(value, model) : readColumns(value, model);
}

function refusal(problem: string): InferenceError {
  return new InferenceError("malformed", { problem });
}
