// Predictions of models that take tensors: fields of JSON or raw bytes in, nested JSON lists out.
import type { InferenceRequest, InferenceResponse, ModelMetadata } from "@sealserve/inference";
import { JsonWriter, type Pause, runPaced } from "../json/index.ts";
import { writeColumns } from "../json-tensors/index.ts";
import type { PredictArguments, PredictResult } from "./documents.ts";
import { readInputs } from "./tensor-inputs.ts";

/** The fields as the inputs that `metadata` asks for. */
export async function tensorsRequest(
  { model, fields }: Pick<PredictArguments, "model" | "fields">,
  metadata: ModelMetadata,
  id: string,
  pause: Pause,
): Promise<InferenceRequest> {
  return { model, id, inputs: await runPaced(readInputs(fields, metadata), pause) };
}

/** The only output as nested lists, several as an object of them. */
export async function tensorsResult(response: InferenceResponse, pause: Pause): Promise<PredictResult> {
  const writer = new JsonWriter({ indent: 2 });
  await runPaced(writeColumns(writer, response.outputs), pause);
  return { status: 200, headers: { "content-type": "application/json" }, body: writer.whole() };
}
