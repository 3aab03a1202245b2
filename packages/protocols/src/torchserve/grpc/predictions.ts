// Predictions over gRPC: fields of bytes in, and the answer's bytes out, one or as they come.
import {
  headersToParameters,
  InferenceError,
  type InferenceRequest,
  type InferenceService,
  type ModelSpec,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { PredictionsRequest } from "../../generated/torchserve/inference_pb.ts";
import type { GrpcCall } from "../../grpc/protocol.ts";
import { GrpcRefusal } from "../../grpc/status.ts";
import type { HttpHeaders } from "../../http/message.ts";
import type { Pause } from "../../json/index.ts";
import { asAsked } from "../as-asked.ts";
import type { PredictArguments } from "../documents.ts";
import { fieldsRequest, fieldsResult } from "../handler-prediction.ts";
import { tensorsRequest, tensorsResult } from "../tensor-prediction.ts";

export interface PredictionParts {
  readonly service: InferenceService;
  /** A name for each request: a random UUID. */
  requestId(): string;
  /** Lets others run while long JSON is read or written. */
  readonly pause: Pause;
}

/** All that the model answers, as one. */
export async function predict(request: PredictionsRequest, call: GrpcCall, parts: PredictionParts): Promise<Bytes> {
  try {
    const prepared = await prepare(request, {}, call, parts);
    return await prepared.read(await parts.service.infer(prepared.request, call.signal));
  } catch (error) {
    throw await asAsked(error, modelOf(request), parts.service);
  }
}

/** Each answer as it comes. `headers`: what the handler is to see as such. */
export async function* predictEach(
  request: PredictionsRequest,
  headers: HttpHeaders,
  call: GrpcCall,
  parts: PredictionParts,
): AsyncGenerator<Bytes> {
  try {
    const prepared = await prepare(request, headers, call, parts);
    for await (const response of parts.service.inferStream(prepared.request, call.signal)) {
      yield await prepared.read(response);
    }
  } catch (error) {
    throw await asAsked(error, modelOf(request), parts.service);
  }
}

/** The model that a request names; an empty version is none. */
export function modelOf({ modelName: name, modelVersion: version }: Asked): ModelSpec {
  return version === "" ? { name } : { name, version };
}

/** Tells what the call is about. */
export function about(call: GrpcCall, asked: Asked): void {
  const { name: model, version } = modelOf(asked);
  call.about(version === undefined ? { model } : { model, version });
}

type Asked = Pick<PredictionsRequest, "modelName" | "modelVersion">;

type Response = Awaited<ReturnType<InferenceService["infer"]>>;

interface Prepared {
  readonly request: InferenceRequest;
  read(response: Response): Promise<Bytes>;
}

/** The status and the headers that a handler chose have no place in an answer: the original leaves them out, too. */
async function prepare(
  asked: PredictionsRequest,
  headers: HttpHeaders,
  call: GrpcCall,
  { service, requestId, pause }: PredictionParts,
): Promise<Prepared> {
  const { modelName, input } = asked;
  if (modelName === "") throw new GrpcRefusal("internal", "Parameter model_name is required.\nBadRequestException.()");
  const model = modelOf(asked);
  about(call, asked);
  const fields = Object.entries(input).map(([name, bytes]) => ({ name, mediaType: null, bytes }));
  const args: PredictArguments = { model, urlPath: "", explain: null, headers, fields };
  const metadata = await service.metadata(model);
  const timeout = timeoutOf(modelName, call);
  if (metadata.kind === "fields") {
    const request = { ...fieldsRequest(args, requestId()), parameters: headersToParameters(headers), ...timeout };
    return { request, read: async (response) => fieldsResult(response).body };
  }
  const request = { ...(await tensorsRequest(args, metadata, requestId(), pause)), ...timeout };
  return { request, read: async (response) => (await tensorsResult(response, pause)).body };
}

/** What is left until the client's deadline, for a request. Throws `deadline-exceeded`. */
export function timeoutOf(model: string, { timeLeft }: GrpcCall): { readonly timeout?: number } {
  const left = timeLeft();
  if (left !== null && left <= 0) throw new InferenceError("deadline-exceeded", { model, limit: 0 });
  return left === null ? {} : { timeout: left };
}
