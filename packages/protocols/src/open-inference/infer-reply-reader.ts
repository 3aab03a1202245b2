// The response in the answer to an infer request, as the client receives it.
import type { InferenceResponse, Parameters } from "@sealserve/inference";
import type { HttpAnswer } from "../http/message.ts";
import { JsonReader, type Paced } from "../json/index.ts";
import { expectKind, present, readText } from "./fields.ts";
import { splitInferBody } from "./infer-body.ts";
import { readParameters } from "./parameter-codec.ts";
import { completeTensors, readTensors, type TensorDraft } from "./tensor-reader.ts";

/** Its binary tensors are views on the body. Throws `malformed` and what is wrong with a tensor. */
export function* readInferReply(answer: HttpAnswer): Paced<InferenceResponse> {
  const body = splitInferBody(answer.headers, answer.body);
  const reader = new JsonReader(body.json);
  let id: string | undefined;
  let name: string | null = null;
  let version: string | null = null;
  let parameters: Parameters | undefined;
  let drafts: TensorDraft[] | null = null;
  expectKind(reader, "object", "response");
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    if (key === "id") id = readText(reader, key);
    else if (key === "model_name") name = readText(reader, key);
    else if (key === "model_version") version = readText(reader, key);
    else if (key === "parameters") parameters = readParameters(reader, () => false);
    else if (key === "outputs") drafts = yield* readTensors(reader, { model: name ?? "", role: "output" });
    else yield* reader.skipPaced();
  }
  reader.end();
  const model = { name: present(name, "model_name"), version: present(version, "model_version") };
  return {
    model,
    outputs: completeTensors(present(drafts, "outputs"), body, { model: model.name, role: "output" }),
    ...(id === undefined ? undefined : { id }),
    ...(parameters && { parameters }),
  };
}
