// Reads what a worker of TorchServe answers, in pieces as they come; nothing is allocated for a length that is not allowed.
// Source: TorchServe 0.12, `ts/protocol/otf_message_handler.py`, and the limits of its `CodecUtils.java`.
import { textOf } from "@sealserve/primitives";
import { WorkerProtocolError } from "./worker-protocol-error.ts";

/** The answer to one request of a batch. */
export interface Prediction {
  readonly id: string;
  /** "": none. */
  readonly contentType: string;
  readonly status: number;
  /** "": none. */
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Often a view on what arrived. */
  readonly body: Uint8Array;
}

/** To a load: no predictions. */
export interface Reply {
  readonly code: number;
  readonly message: string;
  readonly predictions: readonly Prediction[];
}

export interface ReplyLimits {
  /** Bytes of one body, and of all texts of one reply together. */
  readonly maxSize: number;
  /** Predictions that the next reply may have. */
  readonly maxPredictions: () => number;
}

const maxHeaders = 1000;

/** Asks for the next bytes by their number, never 0, and gets them. */
type Reading<T> = Generator<number, T, Uint8Array>;

export class ReplyReader {
  readonly #limits: ReplyLimits;
  #reading: Reading<Reply>;
  #wanted: number;
  /** A value that did not come in one piece. */
  #partial: Uint8Array | null = null;
  #filled = 0;
  /** Whether any byte of the next reply is there. */
  #begun = false;

  constructor(limits: ReplyLimits) {
    this.#limits = limits;
    this.#reading = readReply(limits);
    this.#wanted = wantedFirst(this.#reading);
  }

  /** The replies that are whole now. Throws `WorkerProtocolError`; nothing may be pushed after that. */
  push(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = [];
    for (let at = 0; at < chunk.length; ) {
      this.#begun = true;
      const value = this.#take(chunk, at);
      at += value.used;
      if (!value.bytes) break;
      const step = this.#reading.next(value.bytes);
      if (!step.done) {
        this.#wanted = step.value;
        continue;
      }
      replies.push(step.value);
      this.#reading = readReply(this.#limits);
      this.#wanted = wantedFirst(this.#reading);
      this.#begun = false;
    }
    return replies;
  }

  /** The connection has ended. Throws `truncated` where that is within a reply. */
  end(): void {
    if (this.#begun) throw new WorkerProtocolError("truncated", { wanted: this.#wanted - this.#filled });
  }

  /** The next value whole, or null while more of it has to come; and how many bytes of the chunk that took. */
  #take(chunk: Uint8Array, at: number): { readonly bytes: Uint8Array | null; readonly used: number } {
    const wanted = this.#wanted;
    const left = chunk.length - at;
    if (!this.#partial && left >= wanted) return { bytes: chunk.subarray(at, at + wanted), used: wanted };
    this.#partial ??= new Uint8Array(wanted);
    const used = Math.min(left, wanted - this.#filled);
    this.#partial.set(chunk.subarray(at, at + used), this.#filled);
    this.#filled += used;
    if (this.#filled < wanted) return { bytes: null, used };
    const bytes = this.#partial;
    this.#partial = null;
    this.#filled = 0;
    return { bytes, used };
  }
}

const nothing = new Uint8Array();

function wantedFirst(reading: Reading<Reply>): number {
  const first = reading.next(nothing);
  if (first.done) throw new TypeError("a reply has bytes");
  return first.value;
}

function* readReply({ maxSize, maxPredictions }: ReplyLimits): Reading<Reply> {
  let textLeft = maxSize;
  function* text(what: string, length: number): Reading<string> {
    if (length === 0) return "";
    checkLength(what, length, textLeft);
    textLeft -= length;
    return textOf(yield length);
  }
  const code = yield* int();
  const message = yield* text("a message", yield* int());
  const predictions: Prediction[] = [];
  for (let length = yield* int(); length !== -1; length = yield* int()) {
    const limit = maxPredictions();
    if (predictions.length === limit) throw new WorkerProtocolError("too-many", { what: "predictions", limit });
    const id = yield* text("a request's id", length);
    const contentType = yield* text("a content type", yield* int());
    const status = yield* int();
    const reason = yield* text("a reason", yield* int());
    const headers: [string, string][] = [];
    const count = yield* int();
    if (count < 0) throw new WorkerProtocolError("negative-length", { what: "headers", found: count });
    if (count > maxHeaders) throw new WorkerProtocolError("too-many", { what: "headers", limit: maxHeaders });
    while (headers.length < count) {
      const name = yield* text("a header's name", yield* int());
      headers.push([name, yield* text("a header", yield* int())]);
    }
    const size = yield* int();
    checkLength("a body", size, maxSize);
    predictions.push({ id, contentType, status, reason, headers, body: size === 0 ? nothing : yield size });
  }
  return { code, message, predictions };
}

function* int(): Reading<number> {
  const [a = 0, b = 0, c = 0, d = 0] = yield 4;
  return (a << 24) | (b << 16) | (c << 8) | d;
}

function checkLength(what: string, found: number, limit: number): void {
  if (found < 0) throw new WorkerProtocolError("negative-length", { what, found });
  if (found > limit) throw new WorkerProtocolError("too-long", { what, limit, found });
}
