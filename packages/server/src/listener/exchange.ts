// One request and its reply: from Node's message to the router and back.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AnyInferenceError, toInferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpReply } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import type { Destination, Outcome, Router } from "../router/router.ts";
import type { Connections } from "./connections.ts";
import { linger } from "./linger.ts";
import { readBody } from "./read-body.ts";
import { headOf, type RequestHead } from "./request-head.ts";
import { type ReplyManner, writeReply } from "./write-reply.ts";

/** What became of a request; told once its reply has been handed to the socket. */
export interface Exchange {
  /** The protocol's name: the path of its listener in the configuration. */
  readonly protocol: string;
  /** The route's name, or null where no route took the request. */
  readonly route: string | null;
  /** What the route's path captured, such as `model` and `version`. */
  readonly captured: Readonly<Record<string, string>>;
  readonly method: string;
  readonly path: string;
  /** Without its question mark; left out: there was none. */
  readonly query?: string;
  /** The other end of the connection; left out: a request that came inside another. */
  readonly peer?: Peer;
  readonly status: number;
  /** Null unless something threw. */
  readonly error: AnyInferenceError | null;
  /** It is one of many requests of a stream, which is told itself once it has ended. */
  readonly inside?: true;
  /** Milliseconds from the end of the request's headers. */
  readonly duration: number;
}

/** As a socket of Node's says it, once it is asked. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

export type ObserveExchange = (exchange: Exchange) => void;

export interface ExchangeParts {
  readonly router: Router;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
}

/** How long, in milliseconds, a client whose body was refused may go on sending it. */
const lingerLimit = 1_000;

const none = new Uint8Array(0);

/** Answers requests as they come from `node:http`. */
export class Exchanges {
  readonly #maxBodyBytes: number;
  readonly #parts: ExchangeParts;
  #closing = false;

  constructor(options: { readonly maxBodyBytes: number }, parts: ExchangeParts) {
    this.#maxBodyBytes = options.maxBodyBytes;
    this.#parts = parts;
  }

  /** From now on each reply closes its connection. */
  closeConnections(): void {
    this.#closing = true;
  }

  /** Never rejects. `waits`: the client waits for leave (100 Continue) before it sends its body. */
  async serve(message: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const { clock, connections, logger, router } = this.#parts;
    const started = clock.now();
    const connection = connections.of(message.socket);
    connection.requests++;
    try {
      const head = headOf(message, connection.channel);
      const destination = router.find(head.method, head.path);
      const outcome = await this.#answer(message, destination, head, waits ? response : null, connection.signal);
      const refused = outcome.error !== null && !message.complete;
      const close = this.#closing || connection.ending || refused || (waits && !destination.handler);
      const manner = { headOnly: head.method === "HEAD", close, hold: refused };
      const sending = this.#write(response, destination, outcome.reply, manner);
      const { statusCode: status } = response;
      this.#tell(head, message.socket, destination, { status, error: outcome.error, duration: clock.now() - started });
      if (sending) {
        connection.streaming = true;
        await sending;
        connection.streaming = false;
        if (this.#closing || connection.ending) message.socket.destroySoon();
      }
      if (refused) {
        await linger(message, lingerLimit, clock);
        response.end();
      }
    } catch (error) {
      // A client that leaves takes what was made for it along.
      const level = connection.signal.aborted ? "debug" : "error";
      logger[level]("a reply could not be sent whole", { error });
      response.destroy();
    } finally {
      connection.requests--;
    }
  }

  async #answer(
    message: IncomingMessage,
    destination: Destination,
    head: RequestHead,
    waiting: ServerResponse | null,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { router } = this.#parts;
    if (!destination.handler) return router.answer(destination, { ...head, body: none }, signal);
    let body: Bytes;
    try {
      const reading = readBody(message, this.#maxBodyBytes);
      waiting?.writeContinue();
      body = reading instanceof Promise ? await reading : reading;
    } catch (error) {
      return router.refuse(destination, toInferenceError(error));
    }
    return router.answer(destination, { ...head, body }, signal);
  }

  /** A reply that cannot be written, such as a handler's header with a line break in it, becomes an internal error. */
  #write(
    response: ServerResponse,
    destination: Destination,
    reply: HttpReply,
    manner: ReplyManner,
  ): Promise<void> | null {
    try {
      return writeReply(response, reply, manner);
    } catch (thrown) {
      if (response.headersSent) throw thrown;
      const { logger, router } = this.#parts;
      logger.error("a reply cannot be sent", { protocol: destination.protocol.name, error: thrown });
      return writeReply(response, router.refuse(destination, toInferenceError(thrown)).reply, manner);
    }
  }

  #tell(
    { method, path, query }: RequestHead,
    peer: Peer,
    { protocol, handler, captured }: Destination,
    { status, error, duration }: Pick<Exchange, "status" | "error" | "duration">,
  ): void {
    const { logger, observe } = this.#parts;
    const route = handler?.name ?? null;
    if (logger.enabled("debug")) {
      const code = error?.code;
      logger.debug("answered", { protocol: protocol.name, route, method, path, status, code, duration });
    }
    observe?.({ protocol: protocol.name, route, captured, method, path, query, peer, status, error, duration });
  }
}
