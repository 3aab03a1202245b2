// Inputs of a model in column format: one value a tensor (TensorFlow Serving, `json_tensor.cc`, "inputs").
import { InferenceError, type Tensor } from "@sealserve/inference";
import type { JsonReader, Paced } from "../json/index.ts";
import { namesFollow } from "./b64-object.ts";
import { InputNames, type ModelInputs } from "./input-names.ts";
import { readTensor } from "./read-tensor.ts";

/**
 * A plain value for the only input, or an object with a value for each. Throws `malformed`, `missing-input`,
 * `unexpected-input`, and as `readTensor` does.
 */
export function* readColumns(reader: JsonReader, model: ModelInputs): Paced<readonly Tensor[]> {
  if (namesFollow(reader)) return yield* readNamed(reader, model);
  const [only, another] = model.inputs;
  if (only === undefined || another !== undefined) {
    throw new InferenceError("malformed", {
      problem:
        "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map",
    });
  }
  return [yield* readTensor(reader, only)];
}

function* readNamed(reader: JsonReader, model: ModelInputs): Paced<readonly Tensor[]> {
  const names = new InputNames(model);
  const tensors: Tensor[] = [];
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    tensors.push(yield* readTensor(reader, names.take(key)));
  }
  names.end();
  return tensors;
}
