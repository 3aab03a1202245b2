// Opens one HTTP/2 socket for the gRPC protocols that share it, and closes it without losing what is in flight.
import {
  createServer as createPlainServer,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from "node:http2";
import { bindPort, checkPlaintext, urlOf } from "../listener/bind-port.ts";
import { closeWithin } from "../listener/close-within.ts";
import type { Listener, ListenerOptions } from "../listener/open-listener.ts";
import { credentialsFailure, handshakeOptions, renewCertificate } from "../listener/tls-handshake.ts";
import { GrpcCalls } from "./grpc-calls.ts";
import { GrpcConnections } from "./grpc-connections.ts";
import { callWindow, concurrentCalls, sessionMemory } from "./grpc-limits.ts";
import type { GrpcListenerOptions, GrpcListenerParts } from "./grpc-listener-parts.ts";
import { health } from "./health.ts";
import { reflection } from "./reflection.ts";

/** Health and reflection stand beside `protocols`. Throws `ListenerError`, and then nothing is open. */
export async function openGrpcListener(options: GrpcListenerOptions, parts: GrpcListenerParts): Promise<Listener> {
  const { protocols, clock, admits, random = Math.random } = parts;
  const { limits, connectionAge: age } = options;
  const name = protocols.map((protocol) => protocol.name).join(" and ");
  checkPlaintext(name, options);
  const logger = parts.logger.child(name);
  const stopping = new AbortController();
  const standard = [health(protocols, { clock, stopping: stopping.signal })];
  const described = [...protocols, ...standard];
  const connections = new GrpcConnections({ ...limits, age }, { clock, random });
  const calls = new GrpcCalls(limits, {
    ...parts,
    ...{ protocols: [...described, reflection(described)], connections, logger },
  });
  const server = createServer(options);
  server.maxConnections = limits.maxConnections;
  server.once("drop", () => logger.warn("connections are closed: there are too many", { max: server.maxConnections }));
  server.on("session", (session) => {
    const { channel } = connections.add(session);
    if (options.tls && admits && !(channel && admits(channel))) session.destroy();
  });
  server.on("stream", (stream, headers) => {
    // It is gone then, and whoever reads or writes it is told so.
    stream.on("error", () => stream.destroy());
    calls.serve(stream, headers);
  });
  const port = await bindPort(server, name, options);
  const url = urlOf(options, port);
  logger.info("listening", { url });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopping.abort();
    stopped ??= closeWithin(
      server,
      { listener: name, limit: limits.drainLimit },
      {
        clock,
        closeIdle: () => connections.closeAll(),
        inFlight: () => connections.calls,
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

function createServer({ tls, limits }: ListenerOptions): Http2Server | Http2SecureServer {
  const settings: ServerOptions = {
    maxSessionMemory: sessionMemory(limits),
    settings: {
      maxConcurrentStreams: concurrentCalls,
      maxHeaderListSize: limits.maxHeaderBytes,
      initialWindowSize: callWindow,
      enablePush: false,
    },
  };
  if (!tls) return createPlainServer(settings);
  try {
    return createSecureServer({ ...settings, ...handshakeOptions(tls, limits), allowHTTP1: false });
  } catch (error) {
    throw credentialsFailure(error);
  }
}
