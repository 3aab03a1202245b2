// Predictions of models whose handler takes the fields as they came and gives the answer's bytes.
import {
  contentTypeParameter,
  decodeByteStrings,
  encodeByteStrings,
  headersToParameters,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  parametersToHeaders,
  statusParameter,
  type Tensor,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonWriter } from "../json/index.ts";
import { writeText } from "../json-tensors/b64-object.ts";
import type { PredictArguments, PredictResult } from "./documents.ts";
import { bodyField, type Field } from "./fields.ts";

/** Headers that only the server may set, since they frame the reply. */
const framing: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

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
  const [output] = response.outputs;
  const headers = allowed(parametersToHeaders(response.parameters));
  const status = statusOf(response);
  if (output === undefined || response.outputs.length > 1) {
    return { status, headers: { "content-type": "application/json", ...headers }, body: objectOf(response.outputs) };
  }
  const mediaType = output.parameters?.[contentTypeParameter];
  return {
    status,
    headers: mediaType === undefined ? headers : { ...headers, "content-type": String(mediaType) },
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

function statusOf({ model, parameters }: InferenceResponse): number {
  const status = parameters?.[statusParameter] ?? 200;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new InferenceError("handler-failed", {
    model: model.name,
    status: 503,
    reason: `it set the response status ${status}, which is none from 200 to 599`,
  });
}

function allowed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.has(name)));
}
