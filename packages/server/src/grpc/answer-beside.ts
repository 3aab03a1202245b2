// What a gRPC listener answers that is no call: plain HTTP/2 for protocols that stand beside its own, such as evidence.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { InferenceError, toInferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { HttpReply, Protocol } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import { createRouter } from "../router/router.ts";
import type { GrpcConnection } from "./grpc-connections.ts";
import { headersOf } from "./open-call.ts";

export interface BesideParts {
  readonly protocols: readonly Protocol[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BesideLimits {
  /** Milliseconds. */
  readonly requestTimeout: number;
}

/** Bytes of a request's body: what stands beside calls takes no models' inputs. */
const longestBody = 64 * 1024;

/** False: it is nobody's, and nothing was answered. */
export type AnswerBeside = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, on: GrpcConnection) => boolean;

export function answerBeside(
  { requestTimeout }: BesideLimits,
  { protocols, clock, logger }: BesideParts,
): AnswerBeside {
  const [first, ...others] = protocols;
  if (!first) return () => false;
  const router = createRouter([first, ...others], { logger });
  const answer = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, on: GrpcConnection): Promise<void> => {
    const gone = new AbortController();
    stream.once("close", () => gone.abort(new InferenceError("cancelled", {})));
    // Who sends nothing more is not waited for.
    const timer = clock.setTimer(requestTimeout, () => stream.destroy());
    const { method, path, query } = headOf(headers);
    const destination = router.find(method, path);
    try {
      const body = await bodyOf(stream);
      const request = { method, path, query, headers: headersOf(headers), body };
      const { channel, peer } = on;
      const where = { ...(channel ? { channel } : {}), ...(peer === null ? {} : { peer }) };
      write(stream, (await router.answer(destination, { ...request, ...where }, gone.signal)).reply);
    } catch (thrown) {
      if (!stream.destroyed) write(stream, router.refuse(destination, toInferenceError(thrown)).reply);
    } finally {
      timer.cancel();
    }
  };
  return (stream, headers, on) => {
    const { path } = headOf(headers);
    if (!protocols.some((protocol) => protocol.claims(path))) return false;
    void answer(stream, headers, on);
    return true;
  };
}

function headOf(headers: IncomingHttpHeaders) {
  const target = headers[":path"] ?? "/";
  const mark = target.indexOf("?");
  return {
    method: headers[":method"] ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
  };
}

/** Throws `too-large`. */
async function bodyOf(stream: ServerHttp2Stream): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > longestBody) {
      throw new InferenceError("too-large", { what: "the request body", limit: longestBody, found: null });
    }
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

function write(stream: ServerHttp2Stream, { status, headers, body }: HttpReply): void {
  if (Symbol.asyncIterator in body) throw new Error("an answer beside calls that comes piece by piece");
  stream.respond({ ...headers, ":status": status });
  for (const chunk of body) stream.write(chunk);
  stream.end();
  stream.once("finish", () => {
    // What the client still sends is not waited for.
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}
