// StreamPredictions2: the requests of sequences on one stream, whose errors are answers among the others.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { SequenceHeaders } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import { ErrorInfoSchema } from "../../generated/google/rpc/error_details_pb.ts";
import type { PredictionResponseSchema, PredictionsRequest } from "../../generated/torchserve/inference_pb.ts";
import type { GrpcCall } from "../../grpc/protocol.ts";
import { GrpcRefusal, type GrpcStatus, grpcCodes } from "../../grpc/status.ts";
import { answerAll } from "./answer-all.ts";
import { type PredictionParts, predictEach } from "./predictions.ts";

type Prediction = MessageInitShape<typeof PredictionResponseSchema>;

/** Requests of one stream that may wait for their answers; the next is read when one has got its last. */
const mostRequests = 64;

/**
 * A request is taken as soon as it comes, so that one of the same sequence can stop another's answers; the model's scheduling keeps them in order.
 * A sequence begins where its request says so in a field under the name of that header, and ends likewise.
 */
export function predictSequences(
  requests: AsyncIterable<PredictionsRequest>,
  call: GrpcCall,
  parts: PredictionParts,
  names: SequenceHeaders,
): AsyncIterable<Prediction> {
  const isSaid = ({ input }: PredictionsRequest, name: string): boolean => {
    const value = input[name];
    return value !== undefined && textOf(value).toLowerCase() === "true";
  };
  async function* answer(request: PredictionsRequest): AsyncGenerator<Prediction> {
    const starts = isSaid(request, names.start);
    let sequenceId = request.sequenceId ?? "";
    let end: ReturnType<GrpcCall["begin"]> | null = null;
    let became: GrpcStatus | null = { code: "cancelled", message: "given up" };
    const { modelName: model, modelVersion: version } = request;
    const asked = version === "" ? { model } : { model, version };
    try {
      if (sequenceId === "" && !starts) {
        throw new GrpcRefusal("internal", "Parameter sequenceId is required.\nBadRequestException.()");
      }
      const isNew = sequenceId === "";
      if (isNew) sequenceId = `ts-seq-${parts.requestId()}`;
      const headers = {
        [names.id]: sequenceId,
        ...(isNew ? { [names.start]: "true" } : {}),
        ...(isSaid(request, names.end) ? { [names.end]: "true" } : {}),
      };
      end = call.begin(asked);
      for await (const prediction of predictEach(request, headers, call, parts)) yield { prediction, sequenceId };
      became = null;
    } catch (error) {
      if (call.signal.aborted) throw error;
      became = call.refusal(error);
      yield { ...(sequenceId === "" ? {} : { sequenceId }), status: asMessage(became) };
    } finally {
      end?.(became);
    }
  }
  return answerAll(requests, answer, mostRequests);
}

/** The class on the second line is a detail here. */
function asMessage({ code, message }: GrpcStatus): Prediction["status"] {
  const line = message.lastIndexOf("\n");
  const details =
    line < 0 ? [] : [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: message.slice(line + 1) }))];
  return { code: grpcCodes[code], message: line < 0 ? message : message.slice(0, line), details };
}
