// The answers of a call on their stream, as fast as the client takes them, and its status behind them.
import { constants, type ServerHttp2Stream } from "node:http2";
import type { GrpcStatus } from "@sealserve/protocols/grpc";
import { frameOf } from "./frames.ts";
import { trailersOf } from "./trailers.ts";

const head = { ":status": 200, "content-type": "application/grpc", "grpc-accept-encoding": "gzip,identity" };

/** A call ends once: what is written or ended after that goes nowhere. */
export class AnswerStream {
  readonly #stream: ServerHttp2Stream;
  #ended = false;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  /** False where nobody takes any more answers. Waits where the client reads slower than they come. */
  async write(message: Uint8Array): Promise<boolean> {
    const stream = this.#stream;
    if (this.#isOver()) return false;
    this.#begin();
    if (!stream.write(frameOf(message))) await drained(stream);
    return !this.#isOver();
  }

  /** The only answer of a call, and its good end. */
  finish(message: Uint8Array): void {
    if (this.#isOver()) return;
    this.#begin();
    this.#close(null, frameOf(message));
  }

  /** `status` null: OK. A call that is refused before its first answer has one frame only. False: it had ended. */
  end(status: GrpcStatus | null): boolean {
    const stream = this.#stream;
    if (this.#isOver()) return false;
    if (stream.headersSent) this.#close(status);
    else {
      this.#ended = true;
      stream.respond({ ...head, ...trailersOf(status) }, { endStream: true });
      stream.once("finish", () => letGo(stream));
    }
    return true;
  }

  #begin(): void {
    if (!this.#stream.headersSent) this.#stream.respond(head, { waitForTrailers: true });
  }

  #close(status: GrpcStatus | null, last?: Uint8Array): void {
    const stream = this.#stream;
    this.#ended = true;
    stream.once("wantTrailers", () => {
      stream.sendTrailers(trailersOf(status));
      setImmediate(letGo, stream);
    });
    stream.end(last);
  }

  #isOver(): boolean {
    return this.#ended || this.#stream.destroyed || this.#stream.closed;
  }
}

/** What the client still sends is not waited for; with bytes that nobody has read a stream would stay. */
function letGo(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.close(constants.NGHTTP2_NO_ERROR);
  stream.destroy();
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      stream.off("drain", go).off("close", go);
      resolve();
    };
    stream.on("drain", go).on("close", go);
  });
}
