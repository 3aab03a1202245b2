// The `outputs` of an infer request: which ones, and in which form.
import { InferenceError, type ParameterValue, type RequestedOutput } from "@sealserve/inference";
import type { JsonReader, JsonWriter } from "../json/index.ts";
import { present, readList, readMembers, readText } from "./fields.ts";
import type { TensorArguments } from "./infer-arguments.ts";
import { booleanParameter, readParameters, wholeParameter, writeParameters } from "./parameter-codec.ts";

export interface ListedOutputs {
  readonly requested: readonly RequestedOutput[];
  /** Names of those that come back as binary data. */
  readonly binary: ReadonlySet<string>;
}

export const noOutputs: ListedOutputs = { requested: [], binary: new Set() };

/** Throws `malformed`, `invalid-parameter`, and `unsupported` for classification and shared memory. */
export function readOutputs(reader: JsonReader): ListedOutputs {
  const binary = new Set<string>();
  const requested = readList(reader, "outputs", () => {
    const { output, isBinary } = readOutput(reader);
    if (isBinary) binary.add(output.name);
    return output;
  });
  return { requested, binary };
}

/** Writes the `outputs` member, if any are listed. */
export function writeOutputs(writer: JsonWriter, { request, binary }: TensorArguments): void {
  if (!request.outputs?.length) return;
  writer.key("outputs");
  writer.beginArray();
  for (const output of request.outputs) {
    writer.beginObject();
    writer.key("name");
    writer.string(output.name);
    const isBinary = binary.named.has(output.name);
    if (output.parameters || isBinary) {
      writer.key("parameters");
      writer.beginObject();
      if (output.parameters) writeParameters(writer, output.parameters);
      if (isBinary) {
        writer.key("binary_data");
        writer.boolean(true);
      }
      writer.endObject();
    }
    writer.endObject();
  }
  writer.endArray();
}

function readOutput(reader: JsonReader): { output: RequestedOutput; isBinary: boolean } {
  let name: string | null = null;
  let isBinary = false;
  let parameters: RequestedOutput["parameters"];
  readMembers(reader, "outputs", (key) => {
    if (key === "name") name = readText(reader, key);
    else if (key === "parameters") {
      parameters = readParameters(reader, (parameter, value) => {
        if (parameter === "binary_data") isBinary = booleanParameter(parameter, value);
        else return refuseUnbuilt(parameter, value);
        return true;
      });
    } else return false;
    return true;
  });
  const output = { name: present<string>(name, "name"), ...(parameters && { parameters }) };
  return { output, isBinary };
}

/** Whether it asks for an extension in a way that asks for nothing; throws `unsupported` if it asks for something. */
function refuseUnbuilt(parameter: string, value: ParameterValue): boolean {
  if (parameter.startsWith("shared_memory_")) throw new InferenceError("unsupported", { what: "shared memory" });
  if (parameter !== "classification") return false;
  if (wholeParameter(parameter, value) > 0) throw new InferenceError("unsupported", { what: parameter });
  return true;
}
