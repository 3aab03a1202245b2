// A request that came inside another: answered by the protocols of the same socket as if it had come by itself.
import { InferenceError, toInferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpReply, HttpRequest, Protocol } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import { createRouter } from "../router/router.ts";
import type { ObserveExchange } from "./exchange.ts";

/** A reply whose length is known. */
export type KnownReply = HttpReply & { readonly body: readonly Bytes[] };

/** Never rejects: refusals are replies of the protocol that was meant. */
export type AnswerInside = (request: HttpRequest, signal: AbortSignal) => Promise<KnownReply>;

export interface AnswerInsideParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
}

/** A reply that would come piece by piece is refused with `unsupported`, before its first piece is made. */
export function answerInside(
  protocols: readonly [Protocol, ...Protocol[]],
  { clock, logger, observe }: AnswerInsideParts,
): AnswerInside {
  const router = createRouter(protocols, { logger });
  return async (request, signal) => {
    const started = clock.now();
    const { method, path } = request;
    const destination = router.find(method, path);
    const { reply, error } = await router.answer(destination, request, signal);
    const known = isKnown(reply) ? { reply, error } : router.refuse(destination, streamRefused());
    const { protocol, handler, captured } = destination;
    observe?.({
      ...{ protocol: protocol.name, route: handler?.name ?? null, captured, method, path },
      ...{ status: known.reply.status, error: known.error, duration: clock.now() - started },
    });
    const body = method !== "HEAD" && isKnown(known.reply) ? known.reply.body : [];
    return { ...known.reply, body };
  };
}

function isKnown(reply: HttpReply): reply is KnownReply {
  return !(Symbol.asyncIterator in reply.body);
}

function streamRefused() {
  return toInferenceError(
    new InferenceError("unsupported", { what: "an answer that comes piece by piece, in a sealed exchange" }),
  );
}
