// Predictions of models whose handler takes the fields as they came and gives the answer's bytes.
import {
  contentTypeParameter,
  decodeByteStrings,
  encodeByteStrings,
  headersToParameters,
  type InferenceRequest,
  type InferenceResponse,
  type Tensor,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonWriter } from "../json/index.ts";
import { writeText } from "../json-tensors/index.ts";
import type { PredictArguments, PredictResult } from "./documents.ts";
import { bodyField, type Field } from "./fields.ts";
import { headersOf, statusOf } from "./handler-headers.ts";

/** Each field as one BYTES element; the headers beside it, with the two that TorchServe adds. */
export function fieldsRequest({ model, urlPath, headers, fields }: PredictArguments, id: string): InferenceRequest {
  const mediaType = fields.find((field) => field.name === bodyField)?.mediaType ?? undefined;
  return {
    model,
    id,
    parameters: headersToParameters({ ...headers, "content-type": mediaType, url_path: urlPath, explain: "False" }),
    inputs: fields.map(fieldTensor),
  };
}

/** The handler's answer as it is: a single output's bytes, or several outputs as one JSON object. */
export function fieldsResult(response: InferenceResponse): PredictResult {
  const [output, another] = response.outputs;
  const status = statusOf(response);
  if (output === undefined || another !== undefined)
    return { status, headers: headersOf(response, "application/json"), body: objectOf(response.outputs) };
  const mediaType = output.parameters?.[contentTypeParameter];
  return {
    status,
    headers: headersOf(response, mediaType === undefined ? null : String(mediaType)),
    body: elementOf(output),
  };
}

function fieldTensor({ name, mediaType, bytes }: Field): Tensor {
  const tensor = { name, datatype: "BYTES", shape: [1], bytes: encodeByteStrings([bytes]) } as const;
  return mediaType === null ? tensor : { ...tensor, parameters: { [contentTypeParameter]: mediaType } };
}

function elementOf(output: Tensor): Bytes {
  const [element] = output.datatype === "BYTES" ? decodeByteStrings(output.name, output.bytes) : [];
  return element ?? output.bytes;
}

function objectOf(outputs: readonly Tensor[]): Bytes {
  const writer = new JsonWriter({ indent: 2 });
  writer.beginObject();
  for (const output of outputs) {
    writer.key(output.name);
    writeText(writer, elementOf(output));
  }
  writer.endObject();
  return writer.whole();
}
