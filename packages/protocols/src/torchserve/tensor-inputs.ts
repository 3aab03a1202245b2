// The fields of a prediction as tensors: JSON in the forms that clients send, or the raw bytes of one.
import {
  checkedTensor,
  elementCount,
  elementSize,
  encodeByteStrings,
  InferenceError,
  type Tensor,
  type TensorMetadata,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { mediaTypeEssence } from "../http/media-type.ts";
import { JsonReader, type Paced } from "../json/index.ts";
import {
  defaultSignature,
  firstKey,
  InputNames,
  type ModelInputs,
  readColumns,
  readFormat,
  readPredictDocument,
  readTensor,
} from "../json-tensors/index.ts";
import { bodyField, type Field } from "./fields.ts";

/** Names that clients give to the only field whatever the model calls its input. */
const anyInput: ReadonlySet<string> = new Set([bodyField, "data"]);

/** Keys of a document in TensorFlow Serving's form. */
const predictKeys: ReadonlySet<string | null> = new Set(["instances", "inputs", "signature_name"]);

/**
 * A body of JSON: an object keyed by input, a document in TensorFlow Serving's form, or a value for the only input. A body of
 * `application/octet-stream` is the raw value of the only input. The parts of a form are each one input, JSON or raw.
 * Throws `malformed`, `missing-input`, `unexpected-input`, and what is wrong with a tensor.
 */
export function* readInputs(fields: readonly Field[], model: ModelInputs): Paced<readonly Tensor[]> {
  const [field, another] = fields;
  const [only, second] = model.inputs;
  if (field !== undefined && another === undefined) {
    if (field.name === bodyField && isJson(field)) return yield* readDocument(field.bytes, model);
    if (only !== undefined && second === undefined && anyInput.has(field.name)) return [yield* readField(field, only)];
  }
  return yield* readForm(fields, model);
}

function* readForm(fields: readonly Field[], model: ModelInputs): Paced<readonly Tensor[]> {
  const names = new InputNames(model);
  const tensors: Tensor[] = [];
  for (const field of fields) tensors.push(yield* readField(field, names.take(field.name)));
  names.end();
  return tensors;
}

function* readDocument(bytes: Bytes, model: ModelInputs): Paced<readonly Tensor[]> {
  const reader = new JsonReader(bytes);
  const key = reader.peek() === "object" ? firstKey(reader) : null;
  if (!predictKeys.has(key) || model.inputs.some((input) => input.name === key)) {
    const tensors = yield* readColumns(reader, model);
    reader.end();
    return tensors;
  }
  const { signatureName, format, range } = yield* readPredictDocument(reader);
  reader.end();
  if (signatureName !== defaultSignature) {
    const facts = { parameter: "signature_name", expected: `'${defaultSignature}'`, found: "another name" };
    throw new InferenceError("invalid-parameter", facts);
  }
  return yield* readFormat(reader.within(range), format, model);
}

function* readField(field: Field, input: TensorMetadata): Paced<Tensor> {
  if (!isJson(field)) return rawTensor(field, input);
  const reader = new JsonReader(field.bytes);
  const tensor = yield* readTensor(reader, input);
  reader.end();
  return tensor;
}

/** Little-endian elements without padding, whose number tells the one free dimension; of a BYTES tensor, one element. */
function rawTensor({ mediaType, bytes }: Field, { name, datatype, shape }: TensorMetadata): Tensor {
  if (mediaTypeEssence(mediaType) !== "application/octet-stream") {
    const problem = `input '${name}' takes application/json or application/octet-stream, but another media type was sent`;
    throw new InferenceError("malformed", { problem });
  }
  const sized = (free: number): readonly number[] => shape.map((size) => (size === -1 ? free : size));
  if (datatype === "BYTES")
    return checkedTensor({ name, datatype, shape: sized(1), bytes: encodeByteStrings([bytes]) });
  if (shape.indexOf(-1) !== shape.lastIndexOf(-1)) {
    throw new InferenceError("invalid-shape", {
      tensor: name,
      problem: `several dimensions of [${shape}] are free, and raw bytes can tell the size of one; send JSON instead`,
    });
  }
  const one = elementCount(name, sized(1)) * elementSize(datatype);
  return checkedTensor({ name, datatype, shape: sized(one === 0 ? 0 : Math.floor(bytes.length / one)), bytes });
}

/** Text, a JSON type, and what has no type at all are JSON. */
function isJson({ mediaType }: Field): boolean {
  const essence = mediaTypeEssence(mediaType);
  return essence === "" || /^(?:text\/.*|application\/(?:.*\+)?json)$/.test(essence);
}
