// The parameters of a whole infer request: those with a meaning in the protocol, and the others.
import { InferenceError, type Parameters, type ParameterValue } from "@sealserve/inference";
import type { JsonReader, JsonWriter } from "../json/index.ts";
import type { TensorArguments } from "./infer-arguments.ts";
import { booleanParameter, readParameters, wholeParameter, writeParameters } from "./parameter-codec.ts";

const microsecondsPerMillisecond = 1000;

export interface RequestSettings {
  /** Those that the protocol gives no meaning. */
  readonly parameters: Parameters | undefined;
  readonly binaryOutput: boolean;
  /** Milliseconds; 0: no limit. */
  readonly timeout: number;
}

export const noSettings: RequestSettings = { parameters: undefined, binaryOutput: false, timeout: 0 };

/** Throws `invalid-parameter`, `malformed` for reserved names, and `unsupported` for sequences. */
export function readSettings(reader: JsonReader): RequestSettings {
  let binaryOutput = false;
  let timeout = 0;
  const parameters = readParameters(reader, (name, value) => {
    if (name === "binary_data_output") binaryOutput = booleanParameter(name, value);
    else if (name === "timeout") timeout = wholeParameter(name, value) / microsecondsPerMillisecond;
    else if (name.startsWith("sequence_")) refuseSequence(name, value);
    else if (name.startsWith("triton_")) throw new InferenceError("malformed", { problem: reservedName });
    else return false;
    return true;
  });
  return { parameters, binaryOutput, timeout };
}

/** Writes the `parameters` member, if there is anything to say. */
export function writeSettings(writer: JsonWriter, { request, binary }: TensorArguments): void {
  const { parameters, timeout } = request;
  if (!parameters && timeout === undefined && !binary.byDefault) return;
  writer.key("parameters");
  writer.beginObject();
  if (parameters) writeParameters(writer, parameters);
  if (timeout !== undefined) {
    writer.key("timeout");
    writer.number(Math.ceil(timeout * microsecondsPerMillisecond));
  }
  if (binary.byDefault) {
    writer.key("binary_data_output");
    writer.boolean(true);
  }
  writer.endObject();
}

const reservedName =
  "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.";

/** The values that mean "no sequence" are none. */
function refuseSequence(name: string, value: ParameterValue): void {
  if (value !== 0 && value !== "" && value !== false) throw new InferenceError("unsupported", { what: name });
}
