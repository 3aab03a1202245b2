// Members of JSON objects as this protocol reads them, with Triton's words where one is missing or of another kind.
import { InferenceError } from "@sealserve/inference";
import type { JsonKind, JsonReader } from "../json/index.ts";

/** Throws `malformed` unless the next value is of this kind. */
export function expectKind(reader: JsonReader, kind: JsonKind, field: string): void {
  if (reader.peek() === kind) return;
  throw cannotParse(field, `attempt to access JSON non-${kind} as ${kind}`);
}

export function readText(reader: JsonReader, field: string): string {
  expectKind(reader, "string", field);
  return reader.string();
}

/** The value of a member that must be there. Throws `malformed`. */
export function present<T>(value: T | null, field: string): T {
  if (value !== null) return value;
  throw cannotParse(field, `attempt to access non-existing object member '${field}'`);
}

/** Visits every member of the next value, an object; `visit` reads the value, or gives false to have it skipped. */
export function readMembers(reader: JsonReader, field: string, visit: (key: string) => boolean): void {
  expectKind(reader, "object", field);
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) if (!visit(key)) reader.skip();
}

/** All elements of the next value, an array. */
export function readList<T>(reader: JsonReader, field: string, read: () => T): T[] {
  const list: T[] = [];
  expectKind(reader, "array", field);
  reader.beginArray();
  while (reader.nextElement()) list.push(read());
  return list;
}

export function cannotParse(field: string, why: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem: `Unable to parse '${field}': ${why}` });
}
