// The open connections of a listener: what each still waits for, and who must be told when it goes.
import type { Socket } from "node:net";
import type { TlsChannel } from "@sealserve/protocols";
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
}

export class Connections {
  readonly #open = new Map<Socket, Connection>();

  add(socket: Socket): Connection {
    const controller = new AbortController();
    const connection = { signal: controller.signal, channel: tlsChannelOf(socket), requests: 0, streaming: false };
    this.#open.set(socket, connection);
    socket.once("close", () => {
      this.#open.delete(socket);
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

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}
