// Reads what a worker of TorchServe answers, in pieces as they come; nothing is allocated for a length that is not allowed.
// Source: TorchServe 0.12, `ts/protocol/otf_message_handler.py`, and the limits of its `CodecUtils.java`.
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
  /** As a rule a view on what arrived. */
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
const nothing: Buffer = Buffer.alloc(0);

export class ReplyReader {
  readonly #arrived: Arrived;
  readonly #reading: Reading<never>;
  #replies: Reply[] = [];
  #wanted: number;
  /** A value that did not come in one piece. */
  #partial: Buffer | null = null;
  #filled = 0;

  constructor(limits: ReplyLimits) {
    this.#arrived = new Arrived(limits.maxSize);
    this.#reading = readReplies(limits, this.#arrived, (reply) => this.#replies.push(reply));
    this.#wanted = this.#reading.next().value;
  }

  /** The replies that are whole now. Throws `WorkerProtocolError`; nothing may be pushed after that. */
  push(chunk: Uint8Array): Reply[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let at = 0; at < bytes.length; ) {
      if (this.#partial || bytes.length - at < this.#wanted) at += this.#gather(bytes, at);
      else {
        this.#goOn(bytes, at);
        at = this.#arrived.at;
      }
    }
    const replies = this.#replies;
    if (replies.length > 0) this.#replies = [];
    return replies;
  }

  /** The connection has ended. Throws `truncated` where that is within a reply. */
  end(): void {
    if (!this.#arrived.begun && this.#filled === 0) return;
    throw new WorkerProtocolError("truncated", { wanted: this.#wanted - this.#filled });
  }

  #goOn(bytes: Buffer, at: number): void {
    this.#arrived.use(bytes, at);
    this.#wanted = this.#reading.next().value;
  }

  /** Takes what the value lacks, and goes on once it is whole; returns how many bytes that were. */
  #gather(bytes: Buffer, at: number): number {
    const partial = this.#partial ?? Buffer.alloc(this.#wanted);
    const used = bytes.copy(partial, this.#filled, at);
    this.#filled += used;
    this.#partial = this.#filled < this.#wanted ? partial : null;
    if (this.#partial) return used;
    this.#filled = 0;
    this.#goOn(partial, 0);
    return used;
  }
}

/** The bytes that are there, read from front to back. */
class Arrived {
  /** Whether any value of the next reply is read. */
  begun = false;
  readonly #maxText: number;
  #textLeft = 0;
  #bytes = nothing;
  #at = 0;

  constructor(maxText: number) {
    this.#maxText = maxText;
  }

  get at(): number {
    return this.#at;
  }

  use(bytes: Buffer, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
  }

  begin(): void {
    this.begun = true;
    this.#textLeft = this.#maxText;
  }

  has(count: number): boolean {
    return this.#bytes.length - this.#at >= count;
  }

  hasText(): boolean {
    return this.has(4) && this.has(4 + this.#bytes.readInt32BE(this.#at));
  }

  int(): number {
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** The length of a text, where one so long may come. */
  textLength(what: string, length = this.int()): number {
    checkLength(what, length, this.#textLeft);
    this.#textLeft -= length;
    return length;
  }

  text(length: number): string {
    const start = this.#at;
    this.#at += length;
    return length === 0 ? "" : this.#bytes.toString("utf8", start, this.#at);
  }

  view(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    return length === 0 ? nothing : this.#bytes.subarray(start, this.#at);
  }
}

/** Asks by their number for bytes that are not there yet. */
type Reading<T> = Generator<number, T, void>;

/**
 * As a rule a reply comes whole. Only what does not is read by generators of its own: one for each value costs more than all else that
 * is done with a small reply.
 */
function* readReplies(limits: ReplyLimits, arrived: Arrived, tell: (reply: Reply) => void): Reading<never> {
  const text = (what: string): string => arrived.text(arrived.textLength(what));
  for (;;) {
    const code = arrived.has(4) ? arrived.int() : yield* lateInt(arrived);
    arrived.begin();
    const message = arrived.hasText() ? text("a message") : yield* lateText(arrived, "a message");
    const predictions: Prediction[] = [];
    for (;;) {
      const length = arrived.has(4) ? arrived.int() : yield* lateInt(arrived);
      if (length === -1) break;
      const limit = limits.maxPredictions();
      if (predictions.length === limit) throw new WorkerProtocolError("too-many", { what: "predictions", limit });
      arrived.textLength("a request's id", length);
      if (!arrived.has(length)) yield length;
      const id = arrived.text(length);
      const contentType = arrived.hasText() ? text("a content type") : yield* lateText(arrived, "a content type");
      const status = arrived.has(4) ? arrived.int() : yield* lateInt(arrived);
      const reason = arrived.hasText() ? text("a reason") : yield* lateText(arrived, "a reason");
      const count = headerCount(arrived.has(4) ? arrived.int() : yield* lateInt(arrived));
      const headers: [string, string][] = [];
      while (headers.length < count) {
        const name = arrived.hasText() ? text("a header's name") : yield* lateText(arrived, "a header's name");
        headers.push([name, arrived.hasText() ? text("a header") : yield* lateText(arrived, "a header")]);
      }
      const size = arrived.has(4) ? arrived.int() : yield* lateInt(arrived);
      checkLength("a body", size, limits.maxSize);
      if (!arrived.has(size)) yield size;
      predictions.push({ id, contentType, status, reason, headers, body: arrived.view(size) });
    }
    arrived.begun = false;
    tell({ code, message, predictions });
  }
}

function* lateInt(arrived: Arrived): Reading<number> {
  yield 4;
  return arrived.int();
}

function* lateText(arrived: Arrived, what: string): Reading<string> {
  if (!arrived.has(4)) yield 4;
  const length = arrived.textLength(what);
  if (!arrived.has(length)) yield length;
  return arrived.text(length);
}

function headerCount(count: number): number {
  if (count < 0) throw new WorkerProtocolError("negative-length", { what: "headers", found: count });
  if (count > maxHeaders) throw new WorkerProtocolError("too-many", { what: "headers", limit: maxHeaders });
  return count;
}

function checkLength(what: string, found: number, limit: number): void {
  if (found < 0) throw new WorkerProtocolError("negative-length", { what, found });
  if (found > limit) throw new WorkerProtocolError("too-long", { what, limit, found });
}
