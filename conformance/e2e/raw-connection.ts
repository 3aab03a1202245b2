// A TCP connection on which a test writes whatever bytes it likes.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class RawConnection implements Disposable {
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#received += text;
    });
    // A reset is one of the ways in which a server ends a connection.
    socket.on("error", () => socket.destroy());
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** The head of a POST, its lines ended as in HTTP. */
  writeHead(url: string, ...headers: readonly string[]): void {
    const { pathname, host } = new URL(url);
    this.write([`POST ${pathname} HTTP/1.1`, `host: ${host}`, ...headers, "", ""].join("\r\n"));
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.#socket.end();
  }

  /** All that was received, once it holds `text`. Rejects if the server closes before. */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text)) {
      const more = once(this.#socket, "data");
      const closed = this.#closed.then(() => "closed" as const);
      if ((await Promise.race([more, closed])) === "closed" && !this.#received.includes(text))
        throw new Error(`the server closed after ${JSON.stringify(this.#received)}`);
    }
    return this.#received;
  }

  /** All that was received until the server closed. */
  async untilClosed(): Promise<string> {
    await this.#closed;
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
