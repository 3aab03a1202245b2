// The inputs of ModelInfer: their bytes, wherever the message has them, and the JSON of them that handlers get.
import {
  byteStringCount,
  elementSize,
  InferenceError,
  isDatatype,
  maxRank,
  type Parameters,
  type Tensor,
} from "@sealserve/inference";
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { InferParameter, ModelInferRequest } from "../../../generated/torchserve/open_inference_pb.ts";
import { toBase64 } from "../../../http/base64.ts";
import { JsonWriter, type Paced, writeElements } from "../../../json/index.ts";
import { bytesOfContents } from "./contents.ts";

/** As they came: whether their elements fill their shapes is for whoever takes them to check. Throws what is wrong with one. */
export function inputsOf({ inputs, rawInputContents: raw }: ModelInferRequest): readonly Tensor[] {
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw new InferenceError("malformed", {
      problem: `raw_input_contents has ${raw.length} items for ${inputs.length} inputs: one for each, or none`,
    });
  }
  return inputs.map(({ name, datatype, shape, parameters, contents }, at) => {
    if (!isDatatype(datatype)) {
      throw new InferenceError("unknown-datatype", { tensor: name, found: datatype.slice(0, 32) });
    }
    if (shape.length > maxRank) {
      throw new InferenceError("invalid-shape", { tensor: name, problem: `has more than ${maxRank} dimensions` });
    }
    const bytes = raw[at] ?? (contents ? bytesOfContents(name, datatype, contents) : new Uint8Array(0));
    return { name, datatype, shape: shape.map(Number), bytes, parameters: parametersOf(parameters) };
  });
}

export function parametersOf(parameters: Readonly<Record<string, InferParameter>>): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(
      ([
        name,
        {
          parameterChoice: { case: kind, value },
        },
      ]) => (kind === undefined ? [] : [[name, value] as const]),
    ),
  );
}

/** What a handler gets as `body`. Bytes are in base64; a list is flat, however long its shape says that it is. */
export function* inferDocument({ id, modelName }: ModelInferRequest, inputs: readonly Tensor[]): Paced<Bytes> {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("id");
  writer.string(id);
  writer.key("model_name");
  writer.string(modelName);
  writer.key("inputs");
  writer.beginArray();
  for (const input of inputs) {
    writer.beginObject();
    writer.key("name");
    writer.string(input.name);
    writer.key("datatype");
    writer.string(input.datatype);
    writer.key("shape");
    writer.beginArray();
    for (const size of input.shape) writer.number(size);
    writer.endArray();
    writer.key("data");
    yield* writeElements(
      writer,
      { ...input, shape: [countOf(input)] },
      { floats: "shortest", layout: "flat", writeBytes: (to, element) => to.string(toBase64(element)) },
    );
    writer.endObject();
  }
  writer.endArray();
  writer.endObject();
  return concatBytes(writer.chunks());
}

function countOf({ name, datatype, bytes }: Tensor): number {
  if (datatype === "BYTES") return byteStringCount(name, bytes);
  const count = bytes.length / elementSize(datatype);
  if (Number.isInteger(count)) return count;
  const found = `${bytes.length} bytes, which are no whole number of elements`;
  throw new InferenceError("invalid-value", { tensor: name, expected: datatype, found });
}
