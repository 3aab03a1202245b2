// An inference service on the other side of a wire: the Open Inference Protocol v2 with binary tensors.
import {
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type InferenceService,
  type ModelKind,
  type ModelMetadata,
  type ModelSpec,
  type ModelState,
  type ModelStatus,
  type TensorMetadata,
} from "@sealserve/inference";
import { eventLoopPause, type HttpAnswer, type Route } from "@sealserve/protocols";
import { binaryArguments, openInferenceRoutes, type RepositoryState } from "@sealserve/protocols/open-inference";
import type { Exchange } from "./exchange.ts";
import { HttpExchange } from "./http-exchange.ts";
import { type ReadRefusal, refusalOf } from "./refusal-of.ts";
import type { OpenStream } from "./streams-over.ts";

export interface ConnectOptions {
  /** Default: 1 GiB. */
  readonly maxAnswerBytes?: number;
}

export interface ConnectParts {
  /** Default: the platform's own. */
  readonly fetch?: typeof fetch;
}

const defaultMaxAnswerBytes = 1024 ** 3;

/**
 * The service at `url`, such as `http://127.0.0.1:8000`. Nothing is sent until it is asked. Its methods throw `InferenceError`,
 * `unreachable` where nobody answers. Throws `invalid-parameter` where `url` is none of http or https.
 */
export function connect(url: string, options: ConnectOptions = {}, parts: ConnectParts = {}): InferenceService {
  return serviceOver(openExchange(url, options, parts));
}

export interface ServiceOverParts {
  /** The error that a refusal tells beside the protocol's own words; null where it tells none. Left out: none ever does. */
  readonly readRefusal?: ReadRefusal;
  /** The response with what the answer says beside the protocol's own words; left out: as it is. */
  readAnswer?(response: InferenceResponse, answer: HttpAnswer): InferenceResponse;
  /** Streams of a server that has a call for them beside the protocol's own; left out: each gives the one answer of `infer`. */
  readonly openStream?: OpenStream;
}

/** The service that answers what `exchange` sends. */
export function serviceOver(exchange: Exchange, parts: ServiceOverParts = {}): InferenceService {
  return new RemoteService(exchange, parts);
}

/** What every protocol's client sends through. Throws `invalid-parameter` where `url` is none of http or https. */
export function openExchange(url: string, options: ConnectOptions, parts: ConnectParts): HttpExchange {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new InferenceError("invalid-parameter", {
      parameter: "url",
      expected: "an http or https URL",
      found: `'${url}'`,
    });
  }
  const maxAnswerBytes = options.maxAnswerBytes ?? defaultMaxAnswerBytes;
  return new HttpExchange({ url: parsed, maxAnswerBytes }, { fetch: parts.fetch ?? fetch });
}

class RemoteService implements InferenceService {
  readonly #exchange: Exchange;
  readonly #parts: ServiceOverParts;
  readonly #routes = openInferenceRoutes({ inputForm: "binary" }, { pause: eventLoopPause() });

  constructor(exchange: Exchange, parts: ServiceOverParts) {
    this.#exchange = exchange;
    this.#parts = parts;
  }

  async infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceResponse> {
    const { infer } = this.#routes;
    const answer = await this.#answer(infer, binaryArguments(request), request.model, signal);
    const response = await infer.readReply(answer);
    return this.#parts.readAnswer?.(response, answer) ?? response;
  }

  /** The protocol itself has no streams over HTTP. */
  async *inferStream(request: InferenceRequest, signal: AbortSignal): AsyncIterable<InferenceResponse> {
    const answers = await this.#parts.openStream?.(request, signal);
    if (answers) yield* answers;
    else yield await this.infer(request, signal);
  }

  async metadata(model: ModelSpec): Promise<ModelMetadata> {
    const { name, versions, platform, inputs, outputs } = await this.#call(this.#routes.modelMetadata, model, model);
    const version = model.version ?? versions.at(-1) ?? "";
    const kind: ModelKind = platform === "sealserve_handler" ? "fields" : "tensors";
    return { name, version, versions, platform, kind, maxBatchSize: batchLimit(inputs, outputs), inputs, outputs };
  }

  async status(model: ModelSpec): Promise<readonly ModelStatus[]> {
    const found = (await this.list()).filter(({ name }) => name === model.name);
    if (found.length === 0) throw new InferenceError("model-not-found", { model: model.name });
    const { version } = model;
    if (version === undefined) return found;
    const wanted = found.filter((status) => status.version === version);
    if (wanted.length === 0) throw new InferenceError("version-not-found", { model: model.name, version });
    return wanted;
  }

  async list(): Promise<readonly ModelStatus[]> {
    const entries = await this.#call(this.#routes.repositoryIndex, { ready: false }, { name: "" });
    return entries.map(({ name, version = "", state = "UNKNOWN", reason }) => {
      const status = { name, version, state: states[state] };
      return reason === undefined || reason === "" ? status : { ...status, reason };
    });
  }

  async #call<A, R>(route: Route<A, R>, args: A, model: ModelSpec): Promise<R> {
    return route.readReply(await this.#answer(route, args, model));
  }

  async #answer<A>(route: Route<A, unknown>, args: A, model: ModelSpec, signal?: AbortSignal): Promise<HttpAnswer> {
    const answer: HttpAnswer = await this.#exchange.send(route.writeRequest(args), signal);
    if (answer.status !== 200) throw refusalOf(answer, model, this.#exchange.origin, this.#parts.readRefusal);
    return answer;
  }
}

const states: Readonly<Record<RepositoryState, ModelState>> = {
  UNKNOWN: "start",
  READY: "available",
  UNAVAILABLE: "end",
  LOADING: "loading",
  UNLOADING: "unloading",
};

/** The protocol does not tell the limit, only that every first dimension is free. */
function batchLimit(inputs: readonly TensorMetadata[], outputs: readonly TensorMetadata[]): number {
  return [...inputs, ...outputs].every(({ shape }) => shape[0] === -1) ? Number.POSITIVE_INFINITY : 0;
}
