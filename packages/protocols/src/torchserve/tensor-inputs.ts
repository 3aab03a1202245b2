// The fields of a prediction as tensors: JSON in the forms that clients send, or the raw bytes of one.
import { elementSize, encodeByteStrings, InferenceError, type Tensor, type TensorMetadata } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonReader, type Paced } from "../json/index.ts";
import { firstKey } from "../json-tensors/b64-object.ts";
import {
  defaultSignature,
  type ModelInputs,
  readColumns,
  readFormat,
  readPredictDocument,
  readTensor,
  shortened,
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

function* readForm(fields: readonly Field[], { name, inputs }: ModelInputs): Paced<readonly Tensor[]> {
  const expected = inputs.map((input) => input.name);
  const found = fields.map((field) => shortened(field.name));
  const tensors: Tensor[] = [];
  for (const field of fields) {
    const input = inputs.find((each) => each.name === field.name);
    if (input === undefined)
      throw new InferenceError("unexpected-input", { model: name, input: shortened(field.name), expected, found });
    tensors.push(yield* readField(field, input));
  }
  const missing = expected.filter((each) => !found.includes(each));
  if (missing.length > 0) throw new InferenceError("missing-input", { model: name, missing, expected, found });
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

/** Little-endian elements without padding; of a BYTES tensor, its single element. */
function rawTensor({ mediaType, bytes }: Field, { name, datatype, shape }: TensorMetadata): Tensor {
  if (essenceOf(mediaType) !== "application/octet-stream") {
    throw new InferenceError("malformed", {
      problem: `input '${name}' takes application/json or application/octet-stream, but '${shortened(mediaType ?? "")}' was sent`,
    });
  }
  const free = shape.filter((size) => size === -1).length;
  if (datatype === "BYTES")
    return { name, datatype, shape: shape.map((size) => (size === -1 ? 1 : size)), bytes: encodeByteStrings([bytes]) };
  if (free > 1) {
    throw new InferenceError("invalid-shape", {
      tensor: name,
      problem: `has ${free} free dimensions in [${shape}], and raw bytes can tell the size of one; send JSON instead`,
    });
  }
  const row = shape.reduce((product, size) => (size === -1 ? product : product * size), elementSize(datatype));
  const count = row === 0 ? 0 : Math.floor(bytes.length / row);
  const expected = (free === 0 ? 1 : count) * row;
  if (bytes.length !== expected)
    throw new InferenceError("size-mismatch", { tensor: name, expected, found: bytes.length });
  return { name, datatype, shape: shape.map((size) => (size === -1 ? count : size)), bytes };
}

/** Text, a JSON type, and what has no type at all are JSON. */
function isJson({ mediaType }: Field): boolean {
  const essence = essenceOf(mediaType);
  return essence === "" || /^(?:text\/.*|application\/(?:.*\+)?json)$/.test(essence);
}

function essenceOf(mediaType: string | null): string {
  return mediaType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
