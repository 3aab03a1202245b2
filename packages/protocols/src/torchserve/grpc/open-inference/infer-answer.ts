// The answers of ModelInfer: from the JSON that handlers give, and from the tensors that other models give.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { InferenceError, type InferenceResponse, isDatatype, type Parameters } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import type {
  InferParameterSchema,
  ModelInferResponseSchema,
} from "../../../generated/torchserve/open_inference_pb.ts";
import { type ByteRange, JsonReader, type Paced, readElements } from "../../../json/index.ts";
import { type Contents, contentsOf } from "./contents.ts";

export type InferAnswer = MessageInitShape<typeof ModelInferResponseSchema>;

type Output = NonNullable<Extract<InferAnswer, { $typeName?: never }>["outputs"]>[number];
type Parameter = MessageInitShape<typeof InferParameterSchema>;

/** Throws `malformed` and `invalid-value` where it is no such document. */
export function* answerOfDocument(bytes: Bytes): Paced<InferAnswer> {
  const reader = new JsonReader(bytes);
  let id: string | undefined;
  let modelName: string | undefined;
  let modelVersion: string | undefined;
  let outputs: Output[] | undefined;
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    if (key === "id") id = reader.string();
    else if (key === "model_name") modelName = reader.string();
    else if (key === "model_version") modelVersion = reader.string();
    else if (key === "outputs") {
      outputs = [];
      reader.beginArray();
      while (reader.nextElement()) outputs.push(yield* readOutput(reader, bytes));
    } else yield* reader.skipPaced();
  }
  reader.end();
  return {
    id: present(id, "id"),
    modelName: present(modelName, "model_name"),
    modelVersion: present(modelVersion, "model_version"),
    outputs: present(outputs, "outputs"),
  };
}

/** FP16 and BF16 have no list: where there is one of them, all outputs are raw bytes. */
export function answerOfTensors({ model, id, parameters, outputs }: InferenceResponse): InferAnswer {
  const listed = outputs.map((output) => contentsOf(output.name, output.datatype, output.bytes));
  const raw = listed.includes(null);
  return {
    ...{ modelName: model.name, modelVersion: model.version, id: id ?? "", parameters: messagesOf(parameters) },
    outputs: outputs.map(({ name, datatype, shape, parameters: own }, at) => ({
      ...{ name, datatype, shape: shape.map(BigInt), parameters: messagesOf(own) },
      ...(raw ? {} : { contents: listed[at] ?? {} }),
    })),
    rawOutputContents: raw ? outputs.map(({ bytes }) => bytes) : [],
  };
}

function* readOutput(reader: JsonReader, document: Bytes): Paced<Output> {
  let name: string | undefined;
  let datatype: string | undefined;
  let data: ByteRange | undefined;
  const shape: bigint[] = [];
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    if (key === "name") name = reader.string();
    else if (key === "datatype") datatype = reader.string();
    else if (key === "shape") {
      reader.beginArray();
      while (reader.nextElement()) shape.push(BigInt(Math.trunc(reader.number())));
    } else if (key === "data") data = yield* reader.skipPaced();
    else yield* reader.skipPaced();
  }
  const tensor = { name: present(name, "name"), datatype: present(datatype, "datatype") };
  const contents = yield* readData(reader.within(present(data, "data")), tensor, document);
  return { ...tensor, shape, contents };
}

/** Nothing for a type that has no list. */
function* readData(
  reader: JsonReader,
  { name, datatype }: { readonly name: string; readonly datatype: string },
  document: Bytes,
): Paced<Contents> {
  if (!isDatatype(datatype) || datatype === "FP16" || datatype === "BF16") return {};
  if (datatype === "BYTES") return { bytesContents: yield* readTexts(reader, document) };
  const { bytes } = yield* readElements(reader, { tensor: name, datatype, count: null, regular: false });
  return contentsOf(name, datatype, bytes) ?? {};
}

/** Elements of BYTES are JSON, as the original has them: a text keeps its quotes. */
function* readTexts(reader: JsonReader, document: Bytes): Paced<Bytes[]> {
  const texts: Bytes[] = [];
  reader.beginArray();
  while (reader.nextElement()) {
    const kind = reader.peek();
    if (kind === "string") texts.push(utf8(JSON.stringify(reader.string())));
    else {
      const { start, end } = yield* reader.skipPaced();
      const text = document.subarray(start, end);
      // As the original writes them: without space, and a number digit by digit.
      texts.push(kind === "number" ? text : utf8(JSON.stringify(JSON.parse(textOf(text)))));
    }
    if (reader.pauseDue()) yield;
  }
  return texts;
}

function messagesOf(parameters: Parameters = {}): Record<string, Parameter> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, { parameterChoice: choiceOf(value) }]),
  );
}

function choiceOf(value: Parameters[string]): NonNullable<Parameter["parameterChoice"]> {
  switch (typeof value) {
    case "boolean":
      return { case: "boolParam", value };
    case "bigint":
      return { case: "int64Param", value };
    default:
      // Doubles have no field of their own.
      return Number.isSafeInteger(value)
        ? { case: "int64Param", value: BigInt(value) }
        : { case: "stringParam", value: String(value) };
  }
}

function present<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new InferenceError("malformed", { problem: `an Open Inference answer has to have "${name}"` });
}
