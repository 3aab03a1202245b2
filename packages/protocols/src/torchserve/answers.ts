// What answers TorchServe's inference API, over an inference service.
import { everyModelServes, type InferenceService } from "@sealserve/inference";
import type { AnswerContext } from "../http/protocol.ts";
import type { Pause } from "../json/index.ts";
import type { Ping, PredictArguments, PredictResult } from "./documents.ts";
import { fieldsRequest, fieldsResult } from "./handler-prediction.ts";
import { tensorsRequest, tensorsResult } from "./tensor-prediction.ts";

export interface InferenceParts {
  readonly service: InferenceService;
  /** Whether the process as a whole may take requests. */
  ready(): boolean;
  /** A name for each request, seen by the client as `x-request-id`: a random UUID. */
  requestId(): string;
  /** Lets others run while long JSON is read or written. */
  readonly pause: Pause;
}

export class InferenceAnswers {
  readonly #parts: InferenceParts;

  constructor(parts: InferenceParts) {
    this.#parts = parts;
  }

  /** Healthy: the process is ready, and every model that ought to serve has a version that does. */
  async ping(): Promise<Ping> {
    const { service, ready } = this.#parts;
    return { healthy: ready() && everyModelServes(await service.list()) };
  }

  /** Which kind the model is decides what its fields mean: a handler's input, or tensors. */
  async predict(args: PredictArguments, { signal }: AnswerContext): Promise<PredictResult> {
    const { service, requestId, pause } = this.#parts;
    const metadata = await service.metadata(args.model);
    const id = requestId();
    const answer =
      metadata.kind === "fields"
        ? fieldsResult(await service.infer(fieldsRequest(args, id), signal))
        : await tensorsResult(await service.infer(await tensorsRequest(args, metadata, id, pause), signal), pause);
    return { ...answer, headers: { ...answer.headers, "x-request-id": id } };
  }
}
