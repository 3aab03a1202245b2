// Predictions of models whose handler takes the fields as they came and gives the answer's bytes.
import {
  contentTypeParameter,
  decodeByteStrings,
  encodeByteStrings,
  headersToParameters,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  streamNextParameter,
  type Tensor,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonWriter } from "../json/index.ts";
import { writeText } from "../json-tensors/index.ts";
import type { PredictArguments, PredictResult, PredictStream } from "./documents.ts";
import type { Field } from "./fields.ts";
import { headersOf, reasonOf, statusOf } from "./handler-headers.ts";

/** Each field as one BYTES element; the headers beside it, with the two that TorchServe adds. */
export function fieldsRequest(
  { model, urlPath, explain, headers, fields }: PredictArguments,
  id: string,
): InferenceRequest {
  const added = explain === null ? {} : { url_path: urlPath, explain: explain ? "True" : "False" };
  return { model, id, parameters: headersToParameters({ ...headers, ...added }), inputs: fields.map(fieldTensor) };
}

/** The handler's answer as it is: a single output's bytes, or several outputs as one JSON object. */
export function fieldsResult(response: InferenceResponse): PredictResult {
  const [output, another] = response.outputs;
  const chosen = { status: statusOf(response), reason: reasonOf(response) };
  if (output === undefined || another !== undefined)
    return { ...chosen, headers: headersOf(response, "application/json"), body: objectOf(response.outputs) };
  const mediaType = output.parameters?.[contentTypeParameter];
  return {
    ...chosen,
    headers: headersOf(response, mediaType === undefined ? null : String(mediaType)),
    body: elementOf(output),
  };
}

/** The first answer decides: where it says that others follow, they are the parts of a stream. Throws what comes before the first. */
export async function fieldsReply(responses: AsyncIterable<InferenceResponse>): Promise<PredictResult | PredictStream> {
  const answers = responses[Symbol.asyncIterator]();
  const first = await answers.next();
  if (first.done) throw new InferenceError("internal", {});
  const { body, ...result } = fieldsResult(first.value);
  if (hasNext(first.value)) return { ...result, parts: parts(body, answers) };
  // Only who reads to the end has had the answer.
  await answers.next();
  return { ...result, body };
}

/** What fails now can be told by cutting the connection only: the reader's business. Whoever stops reading gives the request up. */
function parts(first: Bytes, answers: AsyncIterator<InferenceResponse>): AsyncIterable<Bytes> {
  let begun = false;
  const iterator: AsyncIterator<Bytes> = {
    async next() {
      if (!begun) {
        begun = true;
        return { done: false, value: first };
      }
      const step = await answers.next();
      return step.done ? { done: true, value: undefined } : { done: false, value: fieldsResult(step.value).body };
    },
    async return() {
      await answers.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function hasNext({ parameters }: InferenceResponse): boolean {
  return String(parameters?.[streamNextParameter]).toLowerCase() === "true";
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
