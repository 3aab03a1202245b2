// The names in a value in row or column format, looked up before anything is read: for models that take inputs of any name.
import type { JsonReader, Paced } from "../json/index.ts";
import { namesFollow } from "./b64-object.ts";
import type { PredictFormat } from "./predict-document.ts";

/** Keys of the object that names the inputs: the value itself or its first row. null where there is none. */
export function* namesIn(value: JsonReader, format: PredictFormat): Paced<readonly string[] | null> {
  const ahead = value.ahead();
  if (format === "row") {
    if (ahead.peek() !== "array") return null;
    ahead.beginArray();
    if (!ahead.nextElement()) return null;
  }
  if (!namesFollow(ahead)) return null;
  const names: string[] = [];
  ahead.beginObject();
  for (let key = ahead.nextKey(); key !== null; key = ahead.nextKey()) {
    names.push(key);
    yield* ahead.skipPaced();
  }
  return names;
}
