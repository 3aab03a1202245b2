// Streams of bytes for tests, in pieces of any size.
import { concatBytes } from "@sealserve/primitives";
import { open } from "../open.ts";
import type { Identity, Recipient } from "../recipient.ts";
import { type SealParts, seal } from "../seal.ts";

/** `bytes` in pieces of `pieceSize`; each piece is a copy. */
export function streamOf(bytes: Uint8Array, pieceSize: number = bytes.length): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, at + Math.max(1, pieceSize)));
        else controller.close();
        at += Math.max(1, pieceSize);
      },
    },
    { highWaterMark: 0 },
  );
}

/** `bytes` in pieces that lie in two buffers by turns: a piece holds until the next but one is asked for. */
export function inTwoBuffers(bytes: Uint8Array, pieceSize: number): ReadableStream<Uint8Array> {
  let [next, other] = [new Uint8Array(pieceSize), new Uint8Array(pieceSize)];
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const piece = bytes.subarray(at, at + pieceSize);
        if (piece.length === 0) return controller.close();
        [next, other] = [other, next];
        next.fill(0xff);
        next.set(piece);
        controller.enqueue(next.subarray(0, piece.length));
        at += piece.length;
      },
    },
    { highWaterMark: 0 },
  );
}

export async function collectBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Uint8Array.from(concatBytes(pieces));
}

export function sealBytes(plaintext: Uint8Array, recipient: Recipient, parts: SealParts = {}): Promise<Uint8Array> {
  return collectBytes(seal(streamOf(plaintext), [recipient], parts));
}

export function openBytes(sealed: Uint8Array, identity: Identity): Promise<Uint8Array> {
  return collectBytes(open(streamOf(sealed), [identity]));
}

/** Bytes that differ from place to place. */
export function patternBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}
