// Requests over one given connection, and never over another.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { reasonOf } from "@sealserve/primitives";
import { SessionError } from "@sealserve/session";

export interface OutgoingRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** Hands out its one socket, once; `node:http` keeps it between requests. */
class OneSocketAgent extends Agent {
  #socket: TLSSocket | null;

  constructor(socket: TLSSocket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(): TLSSocket {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket || socket.destroyed) throw new Error("the connection that was attested is gone");
    return socket;
  }
}

/** HTTP/1.1 on one socket: one request at a time. */
export class HttpConnection {
  readonly #socket: TLSSocket;
  readonly #agent: Agent;
  readonly #origin: URL;

  constructor(origin: URL, socket: TLSSocket) {
    this.#origin = origin;
    this.#socket = socket;
    this.#agent = new OneSocketAgent(socket);
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Calls `act` whenever a reply was read whole and the connection can take another request. */
  onIdle(act: () => void): void {
    // Node's own listener, which puts the socket back, was added first.
    this.#agent.on("free", act);
  }

  onClose(act: () => void): void {
    if (this.#socket.destroyed) act();
    else this.#socket.once("close", act);
  }

  /** The head of the reply, its body to be read. Throws `unreachable`, `redirected`, and the reason of `signal`. */
  send({ method, path, headers, body }: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { host, origin: where } = this.#origin;
    return new Promise((resolve, reject) => {
      const length = body ? { "content-length": String(body.length) } : {};
      let asked: ClientRequest;
      try {
        asked = httpRequest({ agent: this.#agent, method, path, headers: { ...headers, host, ...length }, signal });
      } catch (error) {
        reject(new SessionError("unreachable", { where, reason: reasonOf(error) }, error));
        return;
      }
      asked.once("error", (error) => {
        this.close();
        reject(
          signal.aborted
            ? signal.reason
            : new SessionError("unreachable", { where, reason: `does not answer: ${reasonOf(error)}` }, error),
        );
      });
      asked.once("response", (message) => {
        const status = message.statusCode ?? 0;
        if (status < 300 || status > 399) resolve(message);
        else {
          this.close();
          reject(new SessionError("redirected", { where, status }));
        }
      });
      asked.end(body ?? undefined);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#agent.destroy();
  }
}
