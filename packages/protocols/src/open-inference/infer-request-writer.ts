// An infer request as the client sends it.
import { decodeByteStrings, type Tensor } from "@sealserve/inference";
import { type Bytes, concatBytes, strictTextOf } from "@sealserve/primitives";
import type { HttpRequest } from "../http/message.ts";
import { JsonWriter, runUnpaced } from "../json/index.ts";
import type { InferArguments, TensorArguments } from "./infer-arguments.ts";
import { headerLengthName } from "./infer-body.ts";
import { writeSettings } from "./request-settings.ts";
import { writeOutputs } from "./requested-outputs.ts";
import { writeTensor } from "./tensor-writer.ts";

/** `json`: what JSON can hold goes as JSON; FP16, BF16 and bytes that are no text stay binary. */
export type InputForm = "binary" | "json";

/** Everything of the request but its path. */
export function writeInferRequest(args: InferArguments, inputForm: InputForm): Pick<HttpRequest, "headers" | "body"> {
  if (args.kind === "raw") {
    return { headers: { "content-type": "application/octet-stream", [headerLengthName]: "0" }, body: args.body };
  }
  const writer = new JsonWriter();
  const binary: Bytes[] = [];
  writeHeader(writer, args, inputForm, binary);
  const json = writer.whole();
  if (binary.length === 0) return { headers: { "content-type": "application/json" }, body: json };
  return {
    headers: { "content-type": "application/octet-stream", [headerLengthName]: `${json.length}` },
    body: concatBytes([json, ...binary]),
  };
}

function writeHeader(writer: JsonWriter, args: TensorArguments, inputForm: InputForm, binary: Bytes[]): void {
  const { request } = args;
  writer.beginObject();
  if (request.id !== undefined) {
    writer.key("id");
    writer.string(request.id);
  }
  writeSettings(writer, args);
  writer.key("inputs");
  writer.beginArray();
  for (const input of request.inputs) {
    runUnpaced(writeTensor(writer, input, inputForm === "binary" || !fitsJson(input), binary));
  }
  writer.endArray();
  writeOutputs(writer, args);
  writer.endObject();
}

function fitsJson({ name, datatype, bytes }: Tensor): boolean {
  if (datatype === "FP16" || datatype === "BF16") return false;
  return datatype !== "BYTES" || decodeByteStrings(name, bytes).every(isText);
}

function isText(bytes: Bytes): boolean {
  try {
    strictTextOf(bytes);
    return true;
  } catch {
    return false;
  }
}
