// The open connections of a gRPC listener: which have calls in flight, which are idle, and whose other end is gone.
import type { Http2Session } from "node:http2";
import type { TlsChannel } from "@sealserve/protocols";
import type { Clock, Timer } from "@sealserve/serving";
import { bindable } from "../listener/bindable-channel.ts";
import { tlsChannelOf } from "../listener/tls-channel.ts";
import { connectionWindow, pingInterval, pingTimeout, sweepInterval } from "./grpc-limits.ts";
import type { ConnectionAge } from "./grpc-listener-parts.ts";

export interface GrpcConnection {
  /** Null without TLS. */
  readonly channel: TlsChannel | null;
  readonly peer: string | null;
  /** Calls whose last answer has not been handed to the socket. */
  calls: number;
  /** When its last call ended, or it began. */
  idleSince: number;
  /** When it was last asked whether it is there; null: the answer has come. */
  pinged: number | null;
  heard: number;
  /** What was bound to it holds no more: requests that come are refused, also those of calls that are open. */
  stale: boolean;
}

export interface GrpcConnectionsOptions {
  readonly idleTimeout: number;
  readonly age?: ConnectionAge | undefined;
}

/** Without it, connections that began together would end together. */
const jitter = 0.1;

export class GrpcConnections {
  readonly #open = new Map<Http2Session, GrpcConnection>();
  /** Those whose keying material was asked for. */
  readonly #bound = new Set<Http2Session>();
  readonly #clock: Clock;
  readonly #idleTimeout: number;
  readonly #age: ConnectionAge;
  readonly #random: () => number;
  #sweep: Timer | null = null;

  constructor(
    { idleTimeout, age = { limit: null, grace: null } }: GrpcConnectionsOptions,
    { clock, random }: { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#idleTimeout = idleTimeout;
    this.#age = age;
  }

  add(session: Http2Session): GrpcConnection {
    const now = this.#clock.now();
    const { socket } = session;
    const connection: GrpcConnection = {
      channel: bindable(tlsChannelOf(socket), () => this.#bound.add(session)),
      peer: socket.remoteAddress ?? null,
      ...{ calls: 0, idleSince: now, pinged: null, heard: now, stale: false },
    };
    this.#open.set(session, connection);
    session.setLocalWindowSize(connectionWindow);
    session.once("close", () => {
      this.#open.delete(session);
      this.#bound.delete(session);
    });
    // What the other end did wrong has ended the connection already.
    session.on("error", () => session.destroy());
    this.#sweep ??= this.#setSweep();
    this.#setEnd(session);
    return connection;
  }

  of(session: Http2Session): GrpcConnection {
    return this.#open.get(session) ?? this.add(session);
  }

  get calls(): number {
    let sum = 0;
    for (const { calls } of this.#open.values()) sum += calls;
    return sum;
  }

  /** Each client hears that no new call is taken; a connection closes with the last of its calls. */
  closeAll(): void {
    this.#sweep?.cancel();
    for (const session of this.#open.keys()) session.close();
  }

  /** Those that something is bound to take no new call and no further request of an open one, and close with the last of their calls. */
  endBound(): void {
    for (const session of this.#bound) {
      this.of(session).stale = true;
      session.close();
    }
  }

  destroyAll(): void {
    for (const session of this.#open.keys()) session.destroy();
  }

  /** Calls that are open then go on, until the grace is over. */
  #setEnd(session: Http2Session): void {
    const { limit, grace } = this.#age;
    if (limit === null) return;
    const age = limit * (1 + jitter * (2 * this.#random() - 1));
    let timer = this.#clock.setTimer(age, () => {
      session.close();
      if (grace !== null) timer = this.#clock.setTimer(grace, () => session.destroy());
    });
    session.once("close", () => timer.cancel());
  }

  #setSweep(): Timer {
    return this.#clock.setTimer(Math.min(sweepInterval, this.#idleTimeout), () => {
      this.#sweep = null;
      const now = this.#clock.now();
      for (const [session, connection] of this.#open) this.#look(session, connection, now);
      if (this.#open.size > 0) this.#sweep = this.#setSweep();
    });
  }

  /** A client that is gone without a word would hold what its calls hold for ever. */
  #look(session: Http2Session, connection: GrpcConnection, now: number): void {
    const { calls, idleSince, pinged, heard } = connection;
    if (calls === 0 && now - idleSince >= this.#idleTimeout) session.close();
    else if (pinged !== null && now - pinged >= pingTimeout) session.destroy();
    else if (pinged === null && calls > 0 && now - heard >= pingInterval && !session.destroyed) {
      connection.pinged = now;
      session.ping((error) => {
        if (error) return;
        connection.pinged = null;
        connection.heard = this.#clock.now();
      });
    }
  }
}
