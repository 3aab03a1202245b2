// The reply to an infer request: a JSON header, then the binary outputs as they are.
import { InferenceError, type InferenceResponse } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";
import { JsonWriter, type Paced } from "../json/index.ts";
import { type InferArguments, isBinaryOutput } from "./infer-arguments.ts";
import { headerLengthName } from "./infer-body.ts";
import { writeParameters } from "./parameter-codec.ts";
import { writeTensor } from "./tensor-writer.ts";

/** Keys in Triton's order. Throws `malformed` where JSON is asked for an output that has no JSON form. */
export function* writeInferReply(response: InferenceResponse, args: InferArguments): Paced<HttpReply> {
  const { id, model, parameters, outputs } = response;
  const writer = new JsonWriter();
  const binary: Bytes[] = [];
  writer.beginObject();
  if (id !== undefined) {
    writer.key("id");
    writer.string(id);
  }
  writer.key("model_name");
  writer.string(model.name);
  writer.key("model_version");
  writer.string(model.version);
  if (parameters) {
    writer.key("parameters");
    writer.beginObject();
    writeParameters(writer, parameters);
    writer.endObject();
  }
  writer.key("outputs");
  writer.beginArray();
  for (const output of outputs) {
    const asBinary = isBinaryOutput(args, output.name);
    if (!asBinary) checkJsonForm(output.datatype);
    yield* writeTensor(writer, output, asBinary, binary);
  }
  writer.endArray();
  writer.endObject();

  const json = writer.chunks();
  if (binary.every((bytes) => bytes.length === 0)) {
    return { status: 200, headers: { "content-type": "application/json" }, body: json };
  }
  const headers = { "content-type": "application/octet-stream", [headerLengthName]: `${writer.length}` };
  return { status: 200, headers, body: [...json, ...binary] };
}

function checkJsonForm(datatype: string): void {
  if (datatype !== "FP16" && datatype !== "BF16") return;
  const problem = `sending ${datatype} data via JSON is not supported. Please use the binary data format for output`;
  throw new InferenceError("malformed", { problem });
}
