// An infer request from its body: JSON with tensors in it or behind it, or nothing but the bytes of one tensor.
import { InferenceError, type InferenceRequest, type ModelSpec } from "@sealserve/inference";
import type { HttpRequest } from "../http/message.ts";
import { JsonReader, type Paced } from "../json/index.ts";
import { compressedBody } from "./errors.ts";
import { expectKind, present, readText } from "./fields.ts";
import type { InferArguments } from "./infer-arguments.ts";
import { splitInferBody } from "./infer-body.ts";
import { noSettings, readSettings } from "./request-settings.ts";
import { noOutputs, readOutputs } from "./requested-outputs.ts";
import { completeTensors, readTensors, type TensorDraft } from "./tensor-reader.ts";

/**
 * Reads the request; its binary tensors are views on the body.
 * Throws `malformed`, `unsupported`, and what is wrong with a tensor or a parameter.
 */
export function* readInferRequest(model: ModelSpec, message: HttpRequest): Paced<InferArguments> {
  const encoding = message.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity")
    throw new InferenceError("unsupported", { what: compressedBody });
  const body = splitInferBody(message.headers, message.body);
  if (body.headerLength === 0) return { kind: "raw", model, body: body.binary };

  const context = { model: model.name, role: "input" } as const;
  const reader = new JsonReader(body.json);
  let id: string | undefined;
  let inputs: TensorDraft[] | null = null;
  let outputs = noOutputs;
  let settings = noSettings;
  expectKind(reader, "object", "request");
  reader.beginObject();
  for (let key = reader.nextKey(); key !== null; key = reader.nextKey()) {
    if (key === "id") id = readText(reader, key);
    else if (key === "inputs") inputs = yield* readTensors(reader, context);
    else if (key === "outputs") outputs = readOutputs(reader);
    else if (key === "parameters") settings = readSettings(reader);
    else yield* reader.skipPaced();
  }
  reader.end();

  const request: InferenceRequest = {
    model,
    inputs: completeTensors(present(inputs, "inputs"), body, context),
    ...(id === undefined ? undefined : { id }),
    ...(settings.parameters && { parameters: settings.parameters }),
    ...(settings.timeout > 0 ? { timeout: settings.timeout } : undefined),
    ...(outputs.requested.length > 0 ? { outputs: outputs.requested } : undefined),
  };
  return { kind: "tensors", request, binary: { byDefault: settings.binaryOutput, named: outputs.binary } };
}
