// The open connections of a listener: what each still waits for, and who must be told when it goes.
import type { Socket } from "node:net";
import type { TlsChannel } from "@sealserve/protocols";
import { bindable } from "./bindable-channel.ts";
import { tlsChannelOf } from "./tls-channel.ts";

/**
 * `signal` aborts when the connection closes. Requests of one connection share it: HTTP/1.1 answers them in turn, one
 * client's leaving ends them all, and a signal for each would be a cost of each.
 */
export interface Connection {
  readonly signal: AbortSignal;
  /** Null without TLS. */
  readonly channel: TlsChannel | null;
  /** Requests whose replies have not been handed to the socket whole. */
  requests: number;
  /** Whether a reply has begun that comes piece by piece: nothing else may be written then. */
  streaming: boolean;
  /** Whether its next reply is its last. */
  ending: boolean;
}

export class Connections {
  readonly #open = new Map<Socket, Connection>();
  /** Those whose keying material was asked for: something, such as evidence, is bound to them. */
  readonly #bound = new Map<Socket, Connection>();

  add(socket: Socket): Connection {
    const controller = new AbortController();
    const bind = () => this.#bound.set(socket, connection);
    const channel = bindable(tlsChannelOf(socket), bind);
    const connection: Connection = { signal: controller.signal, channel, requests: 0, streaming: false, ending: false };
    this.#open.set(socket, connection);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#bound.delete(socket);
      controller.abort();
    });
    return connection;
  }

  of(socket: Socket): Connection {
    return this.#open.get(socket) ?? this.add(socket);
  }

  /** Requests in flight on all connections. */
  get requests(): number {
    let sum = 0;
    for (const { requests } of this.#open.values()) sum += requests;
    return sum;
  }

  /** Closes those that wait for a request, after what was written to them has been sent. */
  closeIdle(): void {
    for (const [socket, { requests }] of this.#open) if (requests === 0) socket.destroySoon();
  }

  /** Ends those that something is bound to: idle ones now, others with the reply that they wait for. */
  endBound(): void {
    for (const [socket, connection] of this.#bound) {
      connection.ending = true;
      if (connection.requests === 0) socket.destroySoon();
    }
  }

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}
