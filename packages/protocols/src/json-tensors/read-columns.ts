// Inputs of a model in column format: one value a tensor (TensorFlow Serving, `json_tensor.cc`, "inputs").
import { InferenceError, type ModelMetadata, type Tensor } from "@sealserve/inference";
import type { JsonReader, Paced } from "../json/index.ts";
import { namesFollow } from "./b64-object.ts";
import { readTensor } from "./read-tensor.ts";

/** The names of a model and of what it takes. */
export type ModelInputs = Pick<ModelMetadata, "name" | "inputs">;

/** A plain value for the only input, or an object with a value for each. Throws `malformed` and as {@link readNamed}. */
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

/** An object with a value for each input. Throws `missing-input`, `unexpected-input`, and as `readTensor` does. */
export function* readNamed(reader: JsonReader, { name, inputs }: ModelInputs): Paced<readonly Tensor[]> {
  const tensors: Tensor[] = [];
  const expected = inputs.map((input) => input.name);
  const found = (): string[] => tensors.map((tensor) => tensor.name);
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    const input = inputs.find((each) => each.name === key);
    if (input === undefined) {
      throw new InferenceError("unexpected-input", { model: name, input: shortened(key), expected, found: found() });
    }
    tensors.push(yield* readTensor(reader, input));
  }
  const missing = expected.filter((each) => !found().includes(each));
  if (missing.length > 0) throw new InferenceError("missing-input", { model: name, missing, expected, found: found() });
  return tensors;
}

/** A name from a request, cut so that no body leaves within a message (TensorFlow Serving cuts at 256 too). */
export function shortened(name: string): string {
  return name.length > 256 ? `${name.slice(0, 256)}...` : name;
}
