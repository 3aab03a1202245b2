// gRPC's framing: each message behind five bytes, whether it is compressed and how long it is (gRPC, `PROTOCOL-HTTP2.md`).
import { GrpcRefusal } from "@sealserve/protocols/grpc";

export interface Frame {
  readonly isCompressed: boolean;
  readonly bytes: Uint8Array;
}

const headLength = 5;

/** Takes pieces as they come, and holds no more than a small multiple of what has come. */
export class FrameDecoder {
  readonly #limit: number;
  #buffer = new Uint8Array(0);
  /** Bytes in the buffer. */
  #length = 0;

  /** Bytes that a message may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it is in the midst of a message. */
  get isPartial(): boolean {
    return this.#length > 0;
  }

  /** The messages that `piece` completes, as views. Throws `resource-exhausted` as soon as one says that it is too long. */
  add(piece: Uint8Array): readonly Frame[] {
    const kept = this.#length > 0;
    if (kept) this.#keep(piece);
    const held = kept ? this.#buffer.subarray(0, this.#length) : piece;
    const frames: Frame[] = [];
    let rest = held;
    for (let end = this.#endOf(rest); end !== null && rest.length >= end; end = this.#endOf(rest)) {
      frames.push({ isCompressed: rest[0] === 1, bytes: rest.subarray(headLength, end) });
      rest = rest.subarray(end);
    }
    if (kept && frames.length === 0) return frames;
    // The views above keep what they are views on.
    this.#buffer = rest.slice();
    this.#length = rest.length;
    return frames;
  }

  /** Where the message ends with which `bytes` begin; null where not even its head has come. */
  #endOf(bytes: Uint8Array): number | null {
    if (bytes.length < headLength) return null;
    if ((bytes[0] ?? 0) > 1) throw new GrpcRefusal("internal", "a message begins with a flag that gRPC does not have");
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    if (length > this.#limit) throw tooLong(this.#limit, length);
    return headLength + length;
  }

  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const end = this.#endOf(this.#buffer.subarray(0, this.#length)) ?? 0;
      const grown = new Uint8Array(Math.max(length, Math.min(end, length * 2)));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }
}

/** Not compressed: tensors shrink little for what it costs. */
export function frameOf(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(headLength + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headLength);
  return frame;
}

export function tooLong(limit: number, found: number | null): GrpcRefusal {
  const has = found === null ? "more" : String(found);
  return new GrpcRefusal("resource-exhausted", `a message may have ${limit} bytes, but has ${has}`);
}
