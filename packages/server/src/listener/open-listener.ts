// Opens one socket for the protocols that share it, and closes it without losing what is in flight.
import { createServer as createPlainServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import { Socket } from "node:net";
import type { Protocol, TlsChannel } from "@sealserve/protocols";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import { createRouter } from "../router/router.ts";
import { bindPort, checkPlaintext, type Place, urlOf } from "./bind-port.ts";
import { closeWithin } from "./close-within.ts";
import { Connections } from "./connections.ts";
import { Exchanges, type ObserveExchange } from "./exchange.ts";
import type { ListenerLimits, TlsCredentials } from "./listener-options.ts";
import { answerPlaintext } from "./plaintext-on-tls.ts";
import { endWith, refuseMalformed } from "./refuse-malformed.ts";
import { credentialsFailure, handshakeOptions, renewCertificate } from "./tls-handshake.ts";

export interface ListenerOptions extends Place {
  readonly limits: ListenerLimits;
}

export interface ListenerParts {
  /** The first speaks for the listener where a path is nobody's. */
  readonly protocols: readonly [Protocol, ...Protocol[]];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
  /** Whom a TLS listener lets in, asked once for each connection: false ends it before a byte of a request is read. Left out: everybody. */
  readonly admits?: (channel: TlsChannel) => boolean;
}

/** Disposing stops it: see `stop`. */
export interface Listener extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string;
  readonly port: number;
  /**
   * Accepts no new connection, closes the idle ones, and waits for the requests in flight; their replies close their connections. Throws
   * `ListenerError` `drain-limit-exceeded` where that took too long and connections had to be destroyed. May be called again.
   */
  stop(): Promise<void>;
  /**
   * Shows another certificate from the next handshake on; connections that are open stay. Whether clients need one of their own cannot
   * change. Throws `ListenerError` `credentials-unusable`, and then nothing has changed.
   */
  renew(credentials: TlsCredentials): void;
  /**
   * Ends the connections that something was bound to through their `TlsChannel`, such as evidence that does not hold any more: idle ones
   * now, others with the reply that they wait for. No request that comes after this is answered on them.
   */
  endBound(): void;
}

/** Throws `ListenerError`, and then nothing is open. */
export async function openListener(options: ListenerOptions, parts: ListenerParts): Promise<Listener> {
  const name = parts.protocols.map((protocol) => protocol.name).join(" and ");
  checkPlaintext(name, options);
  const logger = parts.logger.child(name);
  const router = createRouter(parts.protocols, { logger });
  const connections = new Connections();
  const exchanges = new Exchanges(options.limits, { ...parts, router, connections, logger });
  const server = createServer(options);
  server.maxConnections = options.limits.maxConnections;
  server.once("drop", () => logger.warn("connections are closed: there are too many", { max: server.maxConnections }));
  serveOn(server, { ...parts, exchanges, connections });
  const port = await bindPort(server, name, options);
  const url = urlOf(options, port);
  logger.info("listening", { url });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    if (stopped) return stopped;
    exchanges.closeConnections();
    stopped = closeWithin(
      server,
      { listener: name, limit: options.limits.drainLimit },
      {
        clock: parts.clock,
        closeIdle: () => connections.closeIdle(),
        inFlight: () => connections.requests,
        destroyAll: () => connections.destroyAll(),
      },
    );
    return stopped;
  };
  return {
    ...{ url, port, stop },
    renew: (credentials) => renewCertificate(server, credentials),
    endBound: () => connections.endBound(),
    [Symbol.asyncDispose]: stop,
  };
}

interface Traffic {
  readonly exchanges: Exchanges;
  readonly connections: Connections;
  readonly clock: Clock;
}

function createServer({ tls, limits }: ListenerOptions): Server {
  const settings: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: Math.min(limits.headerTimeout, limits.requestTimeout),
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: Math.min(limits.headerTimeout, limits.requestTimeout, 5_000),
  };
  if (!tls) return createPlainServer(settings);
  try {
    return createTlsServer({ ...settings, ...handshakeOptions(tls, limits) });
  } catch (error) {
    throw credentialsFailure(error);
  }
}

function serveOn(
  server: Server,
  { exchanges, connections, clock, admits, protocols }: Traffic & Pick<ListenerParts, "admits" | "protocols">,
): void {
  const secure = server instanceof TlsServer;
  // Before Node's own listener begins to parse what has come already.
  server.prependListener(secure ? "secureConnection" : "connection", (socket: Socket) => {
    const { channel } = connections.add(socket);
    if (secure && admits && !(channel && admits(channel))) socket.destroy();
  });
  server.on("request", (message, response) => exchanges.serve(message, response, false));
  server.on("checkContinue", (message, response) => exchanges.serve(message, response, true));
  server.on("connect", (_, socket) => endWith(socket, "405 Method Not Allowed", clock));
  server.on("clientError", (error, socket) => {
    const streaming = socket instanceof Socket && connections.of(socket).streaming;
    refuseMalformed(error, socket, { streaming, clock, protocol: protocols[0] });
  });
  if (secure) server.on("tlsClientError", answerPlaintext);
}
