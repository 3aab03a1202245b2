// For tests: a client that sends whatever bytes it is given, and reads until it has seen what it waits for.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #closed: Promise<unknown>;
  #received = "";

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (piece) => {
      this.#received += piece.toString("latin1");
    });
    // A reset is one of the ways in which a server ends a connection.
    socket.on("error", () => socket.destroy());
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const client = new RawClient(connect(Number(port), hostname));
    await once(client.socket, "connect");
    return client;
  }

  /** Lines end as in HTTP. */
  send(text: string): void {
    this.socket.write(text.replace(/\r?\n/g, "\r\n"), "latin1");
  }

  /** All that was received, once it holds `text`. Rejects if the server closes before. */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text)) {
      const more = once(this.socket, "data");
      const ended = this.#closed.then(() => "closed" as const);
      if ((await Promise.race([more, ended])) === "closed" && !this.#received.includes(text)) {
        throw new Error(`the server closed after ${JSON.stringify(this.#received)}`);
      }
    }
    return this.#received;
  }

  /** All that was received until the server closed. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
