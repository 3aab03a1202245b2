// `{"b64": "…"}`: TensorFlow Serving's JSON form of one byte string (`api_rest.md`, "Encoding binary values").
import { InferenceError } from "@sealserve/inference";
import { type Bytes, strictTextOf } from "@sealserve/primitives";
import { decodeForgivingly, toBase64 } from "../http/base64.ts";
import type { JsonReader, JsonWriter } from "../json/index.ts";

const b64Key = "b64";

/** Reads the object that is next. Throws `malformed` where it is no such object. */
export function readB64Object(reader: JsonReader): Bytes {
  reader.beginObject();
  if (reader.nextKey() !== b64Key || reader.peek() !== "string") throw noB64();
  const bytes = decode(reader.string());
  if (reader.nextKey() !== null) throw noB64();
  return bytes;
}

export function writeB64Object(writer: JsonWriter, bytes: Bytes): void {
  writer.beginObject();
  writer.key(b64Key);
  writer.string(toBase64(bytes));
  writer.endObject();
}

/** A JSON string where the bytes are UTF-8, else a `b64` object. */
export function writeText(writer: JsonWriter, bytes: Bytes): void {
  const text = textOrNull(bytes);
  if (text === null) writeB64Object(writer, bytes);
  else writer.string(text);
}

/** Whether the next value is an object that names things, rather than a byte string; reads nothing but space. */
export function namesFollow(reader: JsonReader): boolean {
  return reader.peek() === "object" && firstKey(reader) !== b64Key;
}

/** The first key of the object that is next, null if it has none; reads nothing but space. */
export function firstKey(reader: JsonReader): string | null {
  const ahead = reader.ahead();
  ahead.beginObject();
  return ahead.nextKey();
}

/** Throws `malformed`, in TensorFlow Serving's words. */
function decode(text: string): Bytes {
  try {
    return decodeForgivingly(text);
  } catch (error) {
    throw new InferenceError("malformed", { problem: "Unable to base64 decode" }, error);
  }
}

function textOrNull(bytes: Bytes): string | null {
  try {
    return strictTextOf(bytes);
  } catch {
    // Not UTF-8: that is the answer, not a fault.
    return null;
  }
}

function noB64(): InferenceError {
  return new InferenceError("malformed", {
    problem: "an object that stands for bytes has the single key 'b64', a string",
  });
}
