// The inputs of one prediction, from flags and files, as the model's metadata has them.
import { readFile } from "node:fs/promises";
import {
  checkedTensor,
  elementSize,
  encodeByteStrings,
  InferenceError,
  isInferenceError,
  type ModelMetadata,
  type Tensor,
  type TensorMetadata,
} from "@sealserve/inference";
import { reasonOf, utf8 } from "@sealserve/primitives";
import { tensorFromJson } from "@sealserve/protocols/json-tensors";

export interface GivenInputs {
  /** The only input, without a name. */
  readonly file: string | null;
  /** `NAME=JSON` or `NAME=@FILE`. */
  readonly inputs: readonly string[];
  /** `NAME=1,3,48,320`. */
  readonly shapes: readonly string[];
}

/** Throws `InferenceError` that says which input is wrong, and how to give it. */
export async function readInputs(given: GivenInputs, metadata: ModelMetadata): Promise<readonly Tensor[]> {
  const shapes = new Map(given.shapes.map((text) => readShape(text)));
  const named = given.inputs.map((text) => split(text, "--input"));
  if (given.file !== null) named.push([onlyInput(metadata), `@${given.file}`]);
  return Promise.all(named.map(([name, value]) => readInput(name, value, metadata, shapes.get(name) ?? null)));
}

async function readInput(
  name: string,
  value: string,
  metadata: ModelMetadata,
  shape: readonly number[] | null,
): Promise<Tensor> {
  const bytes = value.startsWith("@") ? await readBytes(value.slice(1)) : utf8(value);
  if (metadata.kind === "fields") return { name, datatype: "BYTES", shape: [1], bytes: encodeByteStrings([bytes]) };
  const declared = metadata.inputs.find((input) => input.name === name);
  if (!declared) {
    const expected = metadata.inputs.map((input) => input.name);
    throw new InferenceError("unexpected-input", { model: metadata.name, input: name, expected, found: [name] });
  }
  const isJson = !value.startsWith("@") || value.endsWith(".json");
  return isJson ? jsonTensor(bytes, declared) : rawTensor(bytes, declared, shape);
}

function jsonTensor(bytes: Uint8Array, declared: TensorMetadata): Tensor {
  try {
    return tensorFromJson(bytes, declared);
  } catch (error) {
    if (!isInferenceError(error) || error.code !== "malformed") throw error;
    const { facts } = error;
    throw new InferenceError("malformed", { ...facts, problem: `input '${declared.name}': ${facts.problem}` }, error);
  }
}

/** Raw bytes take the declared shape where at most one dimension is free. */
function rawTensor(
  bytes: Uint8Array,
  { name, datatype, shape: declared }: TensorMetadata,
  shape: readonly number[] | null,
): Tensor {
  if (datatype === "BYTES") return { name, datatype, shape: shape ?? [1], bytes: encodeByteStrings([bytes]) };
  const free = declared.filter((size) => size === -1).length;
  if (shape === null && free > 1) {
    const expected = `a shape for these raw bytes, as --shape ${name}=${declared.map((size) => (size === -1 ? "N" : size))}`;
    throw new InferenceError("invalid-parameter", { parameter: name, expected, found: "none" });
  }
  const known = declared.reduce((product, size) => (size === -1 ? product : product * size), elementSize(datatype));
  const filled = shape ?? declared.map((size) => (size === -1 ? Math.floor(bytes.length / known) : size));
  return checkedTensor({ name, datatype, shape: filled, bytes });
}

/** A handler's field is called `data`, as TorchServe's clients call it. */
function onlyInput({ name, kind, inputs }: ModelMetadata): string {
  const [only, another] = inputs;
  if (kind === "fields") return "data";
  if (only && !another) return only.name;
  const expected = inputs.map((input) => input.name);
  throw new InferenceError("missing-input", {
    model: name,
    missing: expected,
    expected,
    found: ["a file without a name"],
  });
}

function readShape(text: string): readonly [string, readonly number[]] {
  const [name, sizes] = split(text, "--shape");
  if (/^\d+(?:,\d+)*$/.test(sizes)) return [name, sizes.split(",").map(Number)];
  const expected = "whole numbers with commas between them, such as 1,3,48,320";
  throw new InferenceError("invalid-parameter", { parameter: `--shape ${name}`, expected, found: `'${sizes}'` });
}

function split(text: string, flag: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new InferenceError("invalid-parameter", { parameter: flag, expected: "NAME=VALUE", found: `'${text}'` });
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const expected = "the path of a readable file";
    throw new InferenceError(
      "invalid-parameter",
      { parameter: "@FILE", expected, found: `'${path}' (${reasonOf(error)})` },
      error,
    );
  }
}
