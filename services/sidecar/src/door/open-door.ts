// The one listener of a sidecar: TLS 1.3, and on it HTTP/1.1 or HTTP/2 as the client chooses (ALPN).
import type { IncomingMessage, ServerResponse } from "node:http";
import { performServerHandshake, type ServerHttp2Session, type ServerOptions } from "node:http2";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import type { TlsChannel } from "@sealserve/protocols";
import {
  answerPlaintext,
  endWith,
  ListenerError,
  type Logger,
  defaultListenerLimits as limits,
  refuseMalformed,
  secureSettings,
  type TlsCredentials,
  tlsChannelOf,
} from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { type CallParts, type ClientCall, http1Call, http2Call } from "./client-call.ts";
import { refusals, refuse } from "./refusal.ts";

export interface DoorOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly credentials: TlsCredentials;
  /** Milliseconds that a stopping door waits for what is in flight. */
  readonly drainLimit: number;
}

export interface DoorParts {
  /** Takes every request. What it throws is the request's fault. */
  take(call: ClientCall): void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Disposing accepts no more, ends what is idle, and waits for the rest. Throws `ListenerError` `drain-limit-exceeded`. */
export interface Door extends AsyncDisposable {
  readonly url: string;
  /** Shows another certificate from the next handshake on; connections that are open stay. */
  renew(credentials: TlsCredentials): void;
}

const name = "sidecar";

/** Of one connection; a stream's window is 1 MiB, so that a tensor does not wait for its other end at every 64 KiB. */
const http2Options: ServerOptions = {
  maxHeaderListPairs: 200,
  maxSessionMemory: 64,
  settings: {
    maxConcurrentStreams: 256,
    maxHeaderListSize: limits.maxHeaderBytes,
    initialWindowSize: 1 << 20,
    enableConnectProtocol: false,
  },
};

/** A connection: what its calls know of it, and how many of them have no whole reply yet. */
interface Entered {
  readonly parts: CallParts;
  calls: number;
}

/** Throws `ListenerError`; then nothing is open. */
export async function openDoor(options: DoorOptions, parts: DoorParts): Promise<Door> {
  const door = new OpenDoor(options, parts);
  const port = await door.listen();
  const { host } = options;
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  parts.logger.info("listening", { url });
  return { url, renew: (credentials) => door.renew(credentials), [Symbol.asyncDispose]: () => door.drain() };
}

class OpenDoor {
  readonly #options: DoorOptions;
  readonly #parts: DoorParts;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, Entered>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #closing = false;

  constructor(options: DoorOptions, parts: DoorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#server = secureServer(options.credentials);
    this.#serve();
  }

  listen(): Promise<number> {
    const { host, port } = this.#options;
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE")
          reject(new ListenerError("port-in-use", { listener: name, host, port }, error));
        else reject(new ListenerError("listen-failed", { listener: name, host, port, reason: reasonOf(error) }, error));
      });
      server.listen({ host, port }, () => {
        const address = server.address();
        resolve(address !== null && typeof address === "object" ? address.port : port);
      });
    });
  }

  renew(credentials: TlsCredentials): void {
    this.#server.setSecureContext(secureSettings(credentials));
  }

  async drain(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const limit = this.#options.drainLimit;
    this.#server.close(() => resolve());
    for (const session of this.#sessions) session.close();
    for (const [socket, { calls }] of this.#sockets) if (calls === 0 && !isHttp2(socket)) socket.destroySoon();
    const timer = this.#parts.clock.setTimer(limit, () => {
      let inFlight = 0;
      for (const [socket, { calls }] of this.#sockets) {
        inFlight += calls;
        socket.destroy();
      }
      reject(new ListenerError("drain-limit-exceeded", { listener: name, limit, inFlight }));
    });
    try {
      await promise;
    } finally {
      timer.cancel();
    }
  }

  /** ALPN has decided by now; Node's own listener for HTTP/1.1 takes what is not HTTP/2. */
  #serve(): void {
    const server = this.#server;
    const { clock } = this.#parts;
    const [http1] = server.listeners("secureConnection");
    server.removeAllListeners("secureConnection");
    server.on("secureConnection", (socket: TLSSocket) => {
      const entered = this.#entered(socket);
      if (isHttp2(socket)) this.#serveHttp2(socket, entered);
      else http1?.call(server, socket);
    });
    const take = (waits: boolean) => (message: IncomingMessage, response: ServerResponse) => {
      const entered = this.#entered(message.socket);
      const last = (): boolean => this.#closing;
      this.#take(http1Call(message, response, { waits, last }, entered.parts), entered, message.socket);
    };
    server.on("request", take(false));
    server.on("checkContinue", take(true));
    server.on("connect", (_, socket) => endWith(socket, "405 Method Not Allowed", clock));
    server.on("clientError", (error, socket) => {
      const streaming = (this.#sockets.get(socket as Socket)?.calls ?? 0) > 0;
      refuseMalformed(error, socket, { streaming, clock });
    });
    server.on("tlsClientError", answerPlaintext);
  }

  #serveHttp2(socket: TLSSocket, entered: Entered): void {
    const { logger } = this.#parts;
    const session = performServerHandshake(socket, http2Options);
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    session.on("error", (error) => logger.debug("a connection failed", { reason: reasonOf(error) }));
    session.setTimeout(limits.idleTimeout, () => {
      if (entered.calls === 0) session.close();
    });
    session.on("stream", (stream, headers) => {
      stream.on("error", (error) => logger.debug("a call failed", { reason: reasonOf(error) }));
      this.#take(http2Call(stream, headers, entered.parts), entered, null);
    });
    if (this.#closing) session.close();
  }

  /** `socket`: what to close after the reply once the door closes; null: its session sees to that. */
  #take(call: ClientCall, entered: Entered, socket: Socket | null): void {
    entered.calls++;
    call.reply.once("close", () => {
      entered.calls--;
      if (this.#closing && entered.calls === 0) socket?.destroySoon();
    });
    try {
      this.#parts.take(call);
    } catch (error) {
      // Such as a path that HTTP/2 can carry and HTTP/1.1 cannot: no request may end the process.
      this.#parts.logger.debug("a request cannot be passed on", { reason: reasonOf(error) });
      refuse(call, refusals.malformed);
    }
  }

  #entered(socket: Socket): Entered {
    const known = this.#sockets.get(socket);
    if (known) return known;
    const channel: TlsChannel | null = tlsChannelOf(socket);
    const entered = { parts: { channel, peer: socket.remoteAddress ?? "" }, calls: 0 };
    this.#sockets.set(socket, entered);
    socket.once("close", () => this.#sockets.delete(socket));
    return entered;
  }
}

function isHttp2(socket: Socket): boolean {
  return "alpnProtocol" in socket && socket.alpnProtocol === "h2";
}

function secureServer(credentials: TlsCredentials): Server {
  try {
    return createServer({
      ...secureSettings(credentials),
      ...(credentials.clientRoots === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: limits.headerTimeout,
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headerTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.idleTimeout,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    });
  } catch (error) {
    if (error instanceof ListenerError) throw error;
    throw new ListenerError("credentials-unusable", { reason: reasonOf(error) }, error);
  }
}
