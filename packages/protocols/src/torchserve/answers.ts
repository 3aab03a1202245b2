// What answers TorchServe's inference API, over an inference service.
import { everyModelServes, InferenceError, type InferenceService } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import type { AnswerContext } from "../http/protocol.ts";
import type { Pause } from "../json/index.ts";
import { asAsked } from "./as-asked.ts";
import type {
  InvokeArguments,
  Ping,
  PredictArguments,
  PredictResult,
  PredictStream,
  ServerMetadata,
} from "./documents.ts";
import { fieldsReply, fieldsRequest } from "./handler-prediction.ts";
import { originalVersion } from "./open-api/index.ts";
import { badRequest } from "./refusal.ts";
import { isRegistered } from "./registered.ts";
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

  async metadata(): Promise<ServerMetadata> {
    return { name: "Torchserve", version: originalVersion, extenstion: ["kserve", "kubeflow"] };
  }

  ready(): boolean {
    return this.#parts.ready();
  }

  /** Which kind the model is decides what its fields mean: a handler's input, or tensors. */
  async predict(args: PredictArguments, { signal }: AnswerContext): Promise<PredictResult | PredictStream> {
    const id = this.#parts.requestId();
    try {
      const answer = await this.#answer(args, id, signal);
      return { ...answer, headers: { ...answer.headers, "x-request-id": id } };
    } catch (error) {
      throw await asAsked(error, args.model, this.#parts.service);
    }
  }

  /** Of the model that is named, in a field where not in the path, or else of the only one. */
  async invoke({ name, headers, fields }: InvokeArguments, context: AnswerContext) {
    const field = fields.find((each) => each.name === "model_name");
    const model = name ?? (field ? textOf(field.bytes) : await this.#onlyModel());
    return this.predict({ model: { name: model }, urlPath: "", explain: null, headers, fields }, context);
  }

  async #answer(args: PredictArguments, id: string, signal: AbortSignal): Promise<PredictResult | PredictStream> {
    const { service, pause } = this.#parts;
    const metadata = await service.metadata(args.model);
    if (metadata.kind === "fields") return fieldsReply(service.inferStream(fieldsRequest(args, id), signal));
    if (args.explain) throw new InferenceError("unsupported", { what: "an explanation by a model that takes tensors" });
    return tensorsResult(await service.infer(await tensorsRequest(args, metadata, id, pause), signal), pause);
  }

  async #onlyModel(): Promise<string> {
    const names = new Set((await this.#parts.service.list()).filter(isRegistered).map(({ name }) => name));
    const [only] = names;
    if (only === undefined || names.size > 1) throw badRequest("Parameter model_name is required.");
    return only;
  }
}
