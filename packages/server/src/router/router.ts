// Finds the protocol and the handler of a request, and turns whatever a handler throws into that protocol's refusal.
import { type AnyInferenceError, toInferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { HttpReply, HttpRequest, Protocol, RouteHandler } from "@sealserve/protocols";
import type { Logger } from "../logger/logger.ts";

/** What a request is for: known before its body has been read. */
export interface Destination {
  readonly protocol: Protocol;
  /** Null: no handler takes this method and path. */
  readonly handler: RouteHandler | null;
  /** Percent-decoded, by the names in the handler's path. */
  readonly captured: Readonly<Record<string, string>>;
  /** Why the path could not be read at all. */
  readonly refusal: AnyInferenceError | null;
}

/** A reply, and the error behind it if there was one. */
export interface Outcome {
  readonly reply: HttpReply;
  readonly error: AnyInferenceError | null;
}

export interface Router {
  /**
   * The handler of the first protocol that has this path with this method (GET handlers take HEAD too, `*` all). A path known with another method
   * belongs to the protocol that knows it; an unknown one to the first that claims it, else to the first of all.
   */
  find(method: string, path: string): Destination;
  /** Never rejects. An error that was not foreseen leaves as `internal`; its cause, and that of a model that failed, is logged. */
  answer(destination: Destination, request: HttpRequest, signal: AbortSignal): Promise<Outcome>;
  /** The protocol's reply to an error that arose before its handler was called. */
  refuse(destination: Destination, error: AnyInferenceError): Outcome;
}

const nothing: Readonly<Record<string, string>> = Object.freeze({});

/** `protocols` share one listener, and the first of them speaks for it where none is meant. */
export function createRouter(
  protocols: readonly [Protocol, ...Protocol[]],
  { logger }: { readonly logger: Logger },
): Router {
  const [first] = protocols;

  function find(method: string, path: string): Destination {
    const wanted = method === "HEAD" ? "GET" : method;
    for (const protocol of protocols) {
      for (const handler of protocol.handlers) {
        if (handler.method !== wanted && handler.method !== "*") continue;
        try {
          const captured = handler.path.match(path);
          if (captured) return { protocol, handler, captured, refusal: null };
        } catch (error) {
          return { protocol, handler: null, captured: nothing, refusal: toInferenceError(error) };
        }
      }
    }
    const protocol =
      protocols.find((each) => knows(each, path)) ?? protocols.find((each) => each.claims(path)) ?? first;
    return { protocol, handler: null, captured: nothing, refusal: null };
  }

  function refuse({ protocol }: Destination, error: AnyInferenceError): Outcome {
    return { reply: finish(protocol, protocol.refuse(error)), error };
  }

  async function answer(destination: Destination, request: HttpRequest, signal: AbortSignal): Promise<Outcome> {
    const { protocol, handler, captured, refusal } = destination;
    if (refusal) return refuse(destination, refusal);
    try {
      const reply = handler ? await handler.handle(request, captured, signal) : protocol.unmatched(request);
      return { reply: finish(protocol, reply), error: null };
    } catch (thrown) {
      const error = toInferenceError(thrown);
      log(destination, error);
      return refuse(destination, error);
    }
  }

  /** What went wrong on our side; a client's own mistakes are its own to read. */
  function log({ protocol, handler, captured }: Destination, error: AnyInferenceError): void {
    const facts = { protocol: protocol.name, route: handler?.name, ...captured };
    if (error.code === "internal") {
      logger.error("a handler failed in a way that was not foreseen", { ...facts, error: error.cause ?? error });
    } else if (error.code === "handler-failed" || error.code === "engine-failed") {
      logger.warn("a model failed", { ...facts, code: error.code, reason: reasonOf(error.cause ?? error) });
    }
  }

  return { find, answer, refuse };
}

function knows({ handlers }: Protocol, path: string): boolean {
  return handlers.some((handler) => handler.path.accepts(path));
}

function finish(protocol: Protocol, reply: HttpReply): HttpReply {
  if (!protocol.replyHeaders) return reply;
  return { ...reply, headers: { ...protocol.replyHeaders(reply.status), ...reply.headers } };
}
