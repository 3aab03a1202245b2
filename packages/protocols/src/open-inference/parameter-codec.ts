// `parameters` objects, which requests, responses and their tensors have (Open Inference Protocol v2, Parameters).
import { InferenceError, type Parameters, type ParameterValue } from "@sealserve/inference";
import type { JsonReader, JsonWriter } from "../json/index.ts";
import { expectKind } from "./fields.ts";

/** Takes a parameter that the protocol itself gives a meaning; false: it is not such a one. */
export type TakeParameter = (name: string, value: ParameterValue) => boolean;

/** The parameters that `take` did not want; undefined if there are none. Throws `invalid-parameter`. */
export function readParameters(reader: JsonReader, take: TakeParameter): Parameters | undefined {
  const kept: [string, ParameterValue][] = [];
  expectKind(reader, "object", "parameters");
  reader.beginObject();
  for (let name = reader.nextKey(); name !== null; name = reader.nextKey()) {
    const value = readValue(reader, name);
    if (!take(name, value)) kept.push([name, value]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function readValue(reader: JsonReader, parameter: string): ParameterValue {
  const kind = reader.peek();
  switch (kind) {
    case "string":
      return reader.string();
    case "number":
      return reader.exactNumber();
    case "true":
    case "false":
      return reader.boolean();
    default:
      throw invalidParameter(parameter, "a string, a number or a boolean", kind);
  }
}

/** Writes the members of a `parameters` object whose braces the caller writes. */
export function writeParameters(writer: JsonWriter, parameters: Parameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    writer.key(name);
    writeValue(writer, value);
  }
}

function writeValue(writer: JsonWriter, value: ParameterValue): void {
  if (typeof value === "string") writer.string(value);
  else if (typeof value === "boolean") writer.boolean(value);
  else if (typeof value === "bigint" || Number.isSafeInteger(value)) writer.number(value);
  // With its point, a double beyond the safe integers is not read as an exact integer.
  else writer.float(value);
}

/** A parameter that must be a boolean. */
export function booleanParameter(parameter: string, value: ParameterValue): boolean {
  if (typeof value === "boolean") return value;
  throw invalidParameter(parameter, "a boolean", typeof value);
}

/** A parameter that must be a whole number of bytes, microseconds or the like. */
export function wholeParameter(parameter: string, value: ParameterValue): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalidParameter(parameter, "a whole number", typeof value === "number" ? "another number" : typeof value);
}

function invalidParameter(parameter: string, expected: string, found: string): InferenceError {
  return new InferenceError("invalid-parameter", { parameter, expected, found });
}
