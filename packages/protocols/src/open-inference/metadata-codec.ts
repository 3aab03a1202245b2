// Metadata of the server and of a model as JSON (Open Inference Protocol v2, Server Metadata and Model Metadata).
import { InferenceError, isDatatype, type TensorMetadata } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonReader, JsonWriter } from "../json/index.ts";
import { expectKind, present, readList, readMembers, readText } from "./fields.ts";
import { writeSignature } from "./tensor-writer.ts";

export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  /** Extensions that it has, by Triton's names. */
  readonly extensions: readonly string[];
}

/** What this protocol tells of a model. */
export interface ModelDescription {
  readonly name: string;
  /** The versions that are ready, or the one that was asked for. */
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export function writeServerMetadata(metadata: ServerMetadata): readonly Bytes[] {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("name");
  writer.string(metadata.name);
  writer.key("version");
  writer.string(metadata.version);
  writer.key("extensions");
  writeTexts(writer, metadata.extensions);
  writer.endObject();
  return writer.chunks();
}

/** Throws `malformed`. */
export function readServerMetadata(body: Bytes): ServerMetadata {
  const reader = new JsonReader(body);
  let name: string | null = null;
  let version: string | null = null;
  let extensions: string[] = [];
  readMembers(reader, "server", (key) => {
    if (key === "name") name = readText(reader, key);
    else if (key === "version") version = readText(reader, key);
    else if (key === "extensions") extensions = readList(reader, key, () => readText(reader, key));
    else return false;
    return true;
  });
  reader.end();
  return { name: present<string>(name, "name"), version: present<string>(version, "version"), extensions };
}

export function writeModelDescription(model: ModelDescription): readonly Bytes[] {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("name");
  writer.string(model.name);
  writer.key("versions");
  writeTexts(writer, model.versions);
  writer.key("platform");
  writer.string(model.platform);
  writer.key("inputs");
  writeTensors(writer, model.inputs);
  writer.key("outputs");
  writeTensors(writer, model.outputs);
  writer.endObject();
  return writer.chunks();
}

/** Throws `malformed` and `unknown-datatype`. */
export function readModelDescription(body: Bytes): ModelDescription {
  const reader = new JsonReader(body);
  let name: string | null = null;
  let versions: string[] = [];
  let platform = "";
  let inputs: TensorMetadata[] = [];
  let outputs: TensorMetadata[] = [];
  readMembers(reader, "model", (key) => {
    if (key === "name") name = readText(reader, key);
    else if (key === "versions") versions = readList(reader, key, () => readText(reader, key));
    else if (key === "platform") platform = readText(reader, key);
    else if (key === "inputs") inputs = readList(reader, key, () => readTensor(reader, key));
    else if (key === "outputs") outputs = readList(reader, key, () => readTensor(reader, key));
    else return false;
    return true;
  });
  reader.end();
  return { name: present<string>(name, "name"), versions, platform, inputs, outputs };
}

function writeTexts(writer: JsonWriter, texts: readonly string[]): void {
  writer.beginArray();
  for (const text of texts) writer.string(text);
  writer.endArray();
}

function writeTensors(writer: JsonWriter, tensors: readonly TensorMetadata[]): void {
  writer.beginArray();
  for (const tensor of tensors) {
    writer.beginObject();
    writeSignature(writer, tensor);
    writer.endObject();
  }
  writer.endArray();
}

function readTensor(reader: JsonReader, field: string): TensorMetadata {
  let name: string | null = null;
  let datatype: string | null = null;
  let shape: number[] | null = null;
  readMembers(reader, field, (key) => {
    if (key === "name") name = readText(reader, key);
    else if (key === "datatype") datatype = readText(reader, key);
    else if (key === "shape") shape = readList(reader, key, () => readSize(reader));
    else return false;
    return true;
  });
  const found = present<string>(datatype, "datatype");
  const tensor = present<string>(name, "name");
  if (!isDatatype(found)) throw new InferenceError("unknown-datatype", { tensor, found });
  return { name: tensor, datatype: found, shape: present<number[]>(shape, "shape") };
}

function readSize(reader: JsonReader): number {
  expectKind(reader, "number", "shape");
  return reader.number();
}
