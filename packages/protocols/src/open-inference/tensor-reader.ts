// Tensors of a request or a reply: JSON objects whose keys come in any order, their data in the JSON or behind it.
import {
  checkedTensor,
  type Datatype,
  elementCount,
  elementSize,
  InferenceError,
  isDatatype,
  maxRank,
  type Parameters,
  type Tensor,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { type ByteRange, type JsonReader, type Paced, readElements } from "../json/index.ts";
import { expectKind, present, readText } from "./fields.ts";
import type { InferBody } from "./infer-body.ts";
import { readParameters, wholeParameter } from "./parameter-codec.ts";

/** Whose tensors they are, for messages. */
export interface TensorContext {
  readonly model: string;
  readonly role: "input" | "output";
}

/** A tensor whose bytes may still lie behind the JSON. */
export interface TensorDraft {
  name: string | null;
  datatype: Datatype | null;
  shape: readonly number[] | null;
  parameters: Parameters | undefined;
  /** From `data`. */
  bytes: Bytes | null;
  /** `data` that came before what it takes to read it. */
  data: ByteRange | null;
  binarySize: number | null;
}

/** All tensors of the next value, an array. Throws `malformed` and what is wrong with a tensor. */
export function* readTensors(reader: JsonReader, context: TensorContext): Paced<TensorDraft[]> {
  const drafts: TensorDraft[] = [];
  expectKind(reader, "array", `${context.role}s`);
  reader.beginArray();
  while (reader.nextElement()) drafts.push(yield* readTensor(reader, context));
  return drafts;
}

/** Gives each tensor its bytes: views on the binary data, which they must use up. */
export function completeTensors(drafts: readonly TensorDraft[], body: InferBody, context: TensorContext): Tensor[] {
  let at = 0;
  const seen = drafts.length > 1 ? new Set<string>() : null;
  const tensors = drafts.map((draft) => {
    const name = present(draft.name, "name");
    if (seen?.has(name)) throw malformed(`${context.role} '${name}' already exists in ${context.role}s`);
    seen?.add(name);
    const start = at;
    at += draft.binarySize ?? 0;
    if (at > body.binary.length) throw missingData(name, at - body.binary.length, body, context);
    return complete(draft, draft.bytes ?? body.binary.subarray(start, at), context);
  });
  if (at < body.binary.length)
    throw malformed(`unexpected additional ${context.role} data for model '${context.model}'`);
  return tensors;
}

function* readTensor(reader: JsonReader, context: TensorContext): Paced<TensorDraft> {
  const draft: TensorDraft = {
    name: null,
    datatype: null,
    shape: null,
    parameters: undefined,
    bytes: null,
    data: null,
    binarySize: null,
  };
  expectKind(reader, "object", `${context.role}s`);
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    switch (key) {
      case "name":
        draft.name = readText(reader, key);
        break;
      case "datatype":
        draft.datatype = readDatatype(reader, draft);
        break;
      case "shape":
        draft.shape = readShape(reader, draft);
        break;
      case "parameters":
        draft.parameters = readParameters(reader, (name, value) => {
          if (name.startsWith("shared_memory_")) throw new InferenceError("unsupported", { what: "shared memory" });
          if (name !== "binary_data_size") return false;
          draft.binarySize = wholeParameter(name, value);
          return true;
        });
        break;
      case "data":
        if (draft.name !== null && draft.datatype && draft.shape) draft.bytes = yield* readData(reader, draft);
        else draft.data = yield* reader.skipPaced();
        break;
      default:
        yield* reader.skipPaced();
    }
  }
  if (draft.data) {
    draft.bytes = yield* readData(reader.within(draft.data), draft);
    reader.countWork(draft.data.end - draft.data.start);
  }
  checkOneSource(draft);
  return draft;
}

function readDatatype(reader: JsonReader, draft: TensorDraft): Datatype {
  const found = readText(reader, "datatype");
  if (isDatatype(found)) return found;
  throw new InferenceError("unknown-datatype", { tensor: draft.name ?? "without a name", found: found.slice(0, 32) });
}

function readShape(reader: JsonReader, draft: TensorDraft): number[] {
  const shape: number[] = [];
  expectKind(reader, "array", "shape");
  reader.beginArray();
  while (reader.nextElement()) {
    expectKind(reader, "number", "shape");
    shape.push(reader.number());
    if (shape.length > maxRank) {
      const problem = `has more than ${maxRank} dimensions`;
      throw new InferenceError("invalid-shape", { tensor: draft.name ?? "without a name", problem });
    }
  }
  return shape;
}

function* readData(reader: JsonReader, draft: TensorDraft): Paced<Bytes> {
  const tensor = present(draft.name, "name");
  const datatype = present(draft.datatype, "datatype");
  const count = elementCount(tensor, present(draft.shape, "shape"));
  expectKind(reader, "array", "data");
  if (datatype === "FP16" || datatype === "BF16") {
    throw malformed(
      `receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${tensor}`,
    );
  }
  const elements = yield* readElements(reader, { tensor, datatype, count, regular: false });
  return elements.bytes;
}

function checkOneSource(draft: TensorDraft): void {
  if ((draft.bytes === null) !== (draft.binarySize === null)) return;
  const set = draft.bytes === null ? " no field is set" : " set 'data' 'binary_data_size'";
  throw malformed(
    "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', " +
      `'shared_memory_region' in 'parameters'. But${set}`,
  );
}

function missingData(tensor: string, missing: number, body: InferBody, { model, role }: TensorContext): InferenceError {
  if (body.headerLength === null) {
    return malformed(
      "must specify valid 'Infer-Header-Content-Length' in request header and 'binary_data_size' when passing inputs " +
        "in binary data format",
    );
  }
  return malformed(
    `unexpected size for ${role} '${tensor}', expecting ${missing} additional bytes for model '${model}'`,
  );
}

function complete(draft: TensorDraft, bytes: Bytes, context: TensorContext): Tensor {
  const name = present(draft.name, "name");
  const datatype = present(draft.datatype, "datatype");
  const shape = present(draft.shape, "shape");
  if (datatype !== "BYTES") {
    const expected = elementCount(name, shape) * elementSize(datatype);
    if (bytes.length !== expected) {
      throw new InferenceError("size-mismatch", { model: context.model, tensor: name, expected, found: bytes.length });
    }
  }
  const tensor = draft.parameters
    ? { name, datatype, shape, bytes, parameters: draft.parameters }
    : { name, datatype, shape, bytes };
  return datatype === "BYTES" ? checkedTensor(tensor) : tensor;
}

function malformed(problem: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem });
}
