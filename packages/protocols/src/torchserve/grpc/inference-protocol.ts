// TorchServe's inference API over gRPC.
import { defaultSequenceHeaders, everyModelServes, type SequenceHeaders } from "@sealserve/inference";
import { InferenceAPIsService } from "../../generated/torchserve/inference_pb.ts";
import { bidiStreaming, type GrpcProtocol, serverStreaming, unary } from "../../grpc/protocol.ts";
import { jsonText } from "../json-reply.ts";
import { type AuthorizeParts, admitBy } from "./authorize.ts";
import { openInferenceMethods } from "./open-inference/methods.ts";
import { type PredictionParts, predict, predictEach } from "./predictions.ts";
import { inferenceStatus } from "./refusals.ts";
import { predictSequences } from "./sequences.ts";

export interface GrpcInferenceParts extends PredictionParts, AuthorizeParts {
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
  /** Left out: the original's. */
  readonly sequenceHeaders?: SequenceHeaders;
  /** Whether `GRPCInferenceService` is there, too (`ts_open_inference_protocol`). */
  readonly openInferenceProtocol?: boolean;
}

const { ping, predictions, streamPredictions, streamPredictions2 } = InferenceAPIsService.method;

export function torchserveGrpcInference(parts: GrpcInferenceParts): GrpcProtocol {
  const { service, ready, sequenceHeaders = defaultSequenceHeaders } = parts;
  return {
    name: "torchserve.grpcInference",
    methods: [
      unary("ping", ping, async () => {
        const healthy = ready() && everyModelServes(await service.list());
        return { health: jsonText({ status: healthy ? "Healthy" : "Unhealthy" }) };
      }),
      unary("predict", predictions, async (request, call) => ({ prediction: await predict(request, call, parts) })),
      serverStreaming("predict", streamPredictions, async function* (request, call) {
        for await (const prediction of predictEach(request, {}, call, parts)) yield { prediction };
      }),
      bidiStreaming("predictSequences", streamPredictions2, (requests, call) =>
        predictSequences(requests, call, parts, sequenceHeaders),
      ),
      ...(parts.openInferenceProtocol ? openInferenceMethods(parts) : []),
    ],
    ready,
    refuse: inferenceStatus,
    ...admitBy("inference", parts),
  };
}
