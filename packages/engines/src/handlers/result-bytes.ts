// What a handler returned for one row, as the bytes that go to the client.
import { utf8 } from "@sealserve/primitives";

/** Bytes as they are, strings as UTF-8, all else as JSON. Throws `TypeError` for what has no JSON. */
export function resultBytes(result: unknown): Uint8Array {
  if (typeof result === "string") return utf8(result);
  if (result instanceof Uint8Array) return result;
  if (result instanceof ArrayBuffer) return new Uint8Array(result);
  const text = jsonText(result);
  if (text === undefined) throw new TypeError("no JSON stands for it");
  return utf8(text);
}

/** A Map becomes an object in the order of the Map: an object would put keys that look like numbers first. */
function jsonText(value: unknown): string | undefined {
  if (value instanceof Map) {
    const members = [...value].map(([key, member]) => `${JSON.stringify(String(key))}:${jsonText(member) ?? "null"}`);
    return `{${members.join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map((element) => jsonText(element) ?? "null").join(",")}]`;
  return JSON.stringify(value, plain);
}

/** `JSON.rawJSON` puts digits in as they stand (TC39, "JSON.parse source text access"); the compiler's library lacks it. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Typed arrays become lists, and 64-bit integers keep every digit. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawJSON(value.toString());
  if (ArrayBuffer.isView(value) && "length" in value) return Array.from(value as unknown as ArrayLike<unknown>);
  return value;
}
