// Streams of answers over the mesh's own call.
import { InferenceError, type InferenceRequest, type InferenceResponse, isInferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { eventLoopPause, type HttpHeaders } from "@sealserve/protocols";
import { type AnswerFrame, readFrames, streamRoute } from "@sealserve/protocols/mesh";
import { readRefused } from "./read-refused.ts";
import { type ReadRefusal, refusalOf } from "./refusal-of.ts";
import type { StreamedAnswer, StreamingExchange } from "./streamed-answer.ts";

export interface StreamsOverParts {
  readonly readRefusal: ReadRefusal;
  /** The response with what its answer says beside the protocol's own words. */
  readAnswer(response: InferenceResponse, answer: { readonly headers: HttpHeaders }): InferenceResponse;
}

/** Gives the answers as they come; null: the server has no such call. */
export type OpenStream = (
  request: InferenceRequest,
  signal: AbortSignal,
) => Promise<AsyncGenerator<InferenceResponse> | null>;

const maxAnswerBytes = 1024 ** 3;

/**
 * Opening throws what the server refuses, as other calls do. Reading throws what it refuses later, and `unreachable`, started, where it breaks off.
 * Whoever stops reading gives the request up.
 */
export function streamsOver(exchange: StreamingExchange, parts: StreamsOverParts): OpenStream {
  const route = streamRoute({ pause: eventLoopPause() });
  const { origin: where } = exchange;
  const { readRefusal, readAnswer } = parts;
  const told = async (frame: AnswerFrame, request: InferenceRequest): Promise<InferenceResponse> => {
    if (frame.kind === "answer") return readAnswer(await route.readAnswer(frame), frame);
    throw refusalOf({ status: 500, ...frame }, request.model, where, readRefusal);
  };
  return async (request, signal) => {
    const leaving = new AbortController();
    const leave = (): void => leaving.abort(signal.reason);
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    const over = (): void => {
      signal.removeEventListener("abort", leave);
      leaving.abort();
    };
    try {
      const answer = await exchange.stream(route.writeRequest(request), leaving.signal);
      if (answer.status === 200) return answers(answer, request);
      const refused = await readRefused(answer);
      over();
      if (answer.status === 404 && readRefusal(refused) === null) return null;
      throw refusalOf(refused, request.model, where, readRefusal);
    } catch (error) {
      over();
      throw error;
    }

    async function* answers({ body }: StreamedAnswer, asked: InferenceRequest): AsyncGenerator<InferenceResponse> {
      try {
        for await (const frame of framesOf(body, where)) yield await told(frame, asked);
      } finally {
        over();
      }
    }
  };
}

async function* framesOf(body: AsyncIterable<Bytes>, where: string): AsyncGenerator<AnswerFrame> {
  try {
    yield* readFrames(body, { maxBytes: maxAnswerBytes });
  } catch (error) {
    if (!isInferenceError(error) || error.code !== "malformed") throw error;
    throw new InferenceError("unreachable", { where, reason: `breaks off: ${error.message}`, started: true });
  }
}
