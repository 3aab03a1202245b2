// What was measured together with the program: settings that a host could misuse, and that are safe because nobody can change them unnoticed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { AttesterError } from "./attester-error.ts";

/** Whose code may run beside the program, though models bring it: roots of models in hex; `any`: whoever can put a model there is trusted as the program is. */
export type ModelCode = "any" | readonly string[];

export interface MeasuredEnvironment {
  /** Variables by name, each with the one value that was measured. */
  readonly variables: Readonly<Record<string, string>>;
  /** Flags of Node, each as it stands on the command line. */
  readonly flags: readonly string[];
  readonly modelCode: ModelCode;
}

export const nothingMeasured: MeasuredEnvironment = { variables: {}, flags: [], modelCode: [] };

/** The file's name: it lies in the program's own folder, so that whoever could change it could change the program. */
export const measuredEnvironmentFile = "measured-environment.json";

/** A folder without the file has nothing measured. Throws `AttesterError` `measured-malformed`. */
export async function readMeasuredEnvironment(folder: string): Promise<MeasuredEnvironment> {
  const file = join(folder, measuredEnvironmentFile);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new AttesterError("measured-malformed", { file, problem: reasonOf(error) }, error);
  });
  return text === null ? nothingMeasured : parseMeasuredEnvironment(text, file);
}

/** Throws `AttesterError` `measured-malformed`. */
export function parseMeasuredEnvironment(text: string, file: string): MeasuredEnvironment {
  const refuse = (problem: string): never => {
    throw new AttesterError("measured-malformed", { file, problem });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(reasonOf(error));
  }
  if (!isRecord(value)) return refuse("it is not an object");
  const { variables = {}, flags = [], modelCode = [], ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    return refuse(`it has the unknown key '${unknown}'; known are variables, flags and modelCode`);
  if (!isRecord(variables) || !isTexts(Object.values(variables))) return refuse("variables is no object of texts");
  if (!Array.isArray(flags) || !isTexts(flags)) return refuse("flags is no list of texts");
  if (!isModelCode(modelCode)) return refuse(`modelCode is neither "any" nor a list of roots, of 64 hex digits each`);
  return { variables: variables as Record<string, string>, flags, modelCode };
}

function isModelCode(value: unknown): value is ModelCode {
  return value === "any" || (Array.isArray(value) && value.every((root) => /^[0-9a-f]{64}$/.test(String(root))));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(values: readonly unknown[]): values is readonly string[] {
  return values.every((value) => typeof value === "string");
}
