// ModelInfer: handlers get the request as one JSON document and answer with another; models of tensors get tensors.
import { checkedTensor, InferenceError, isInferenceError } from "@sealserve/inference";
import type { ModelInferRequest } from "../../../generated/torchserve/open_inference_pb.ts";
import type { GrpcCall } from "../../../grpc/protocol.ts";
import { GrpcRefusal } from "../../../grpc/status.ts";
import { runPaced } from "../../../json/index.ts";
import { asAsked } from "../../as-asked.ts";
import { fieldsRequest, fieldsResult } from "../../handler-prediction.ts";
import { about, modelOf, type PredictionParts, timeoutOf } from "../predictions.ts";
import { answerOfDocument, answerOfTensors, type InferAnswer } from "./infer-answer.ts";
import { inferDocument, inputsOf, parametersOf } from "./infer-input.ts";

/** Throws `GrpcRefusal` and what the model fails with. */
export async function modelInfer(
  asked: ModelInferRequest,
  call: GrpcCall,
  parts: PredictionParts,
): Promise<InferAnswer> {
  try {
    return await infer(asked, call, parts);
  } catch (error) {
    throw await asAsked(error, modelOf(asked), parts.service);
  }
}

async function infer(
  asked: ModelInferRequest,
  call: GrpcCall,
  { service, requestId, pause }: PredictionParts,
): Promise<InferAnswer> {
  const { modelName: name } = asked;
  if (name === "") throw new GrpcRefusal("internal", "Parameter model_name is required.\nBadRequestException.()");
  const model = modelOf(asked);
  about(call, asked);
  const { kind } = await service.metadata(model);
  const inputs = inputsOf(asked);
  const timeout = timeoutOf(name, call);
  if (kind === "tensors") {
    const outputs = asked.outputs.map((output) => ({ name: output.name }));
    const request = { model, parameters: parametersOf(asked.parameters), inputs: inputs.map(checkedTensor), outputs };
    return answerOfTensors({
      ...(await service.infer({ ...request, id: asked.id, ...timeout }, call.signal)),
      id: asked.id,
    });
  }
  const bytes = await runPaced(inferDocument(asked, inputs), pause);
  const fields = [{ name: "body", mediaType: "application/json", bytes }];
  const request = fieldsRequest({ model, urlPath: "", explain: null, headers: {}, fields }, requestId());
  const response = await service.infer({ ...request, ...timeout }, call.signal);
  try {
    return await runPaced(answerOfDocument(fieldsResult(response).body), pause);
  } catch (error) {
    if (!isInferenceError(error)) throw error;
    const reason = `The answer is no document of the Open Inference protocol: ${error.message}`;
    throw new InferenceError("handler-failed", { model: name, status: 500, reason }, error);
  }
}
