// Where the thread begins that opens the chunks of one file: it reads and opens them one after another, as fast as they are looked at.
import { readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { createChunkCipher } from "#chunk-cipher";
import { chunkSize, sealedChunkSize, tagSize, writeChunkNonce } from "../age/chunks.ts";
import { counter, type PayloadAnswer, type PayloadOutcome, type PayloadWork, ringPieces } from "./payload-task.ts";
import { PieceTags, pieceSize } from "./piece-tags.node.ts";

const { descriptor, key, start, size, tags: tagMemory, ring, counters: counterMemory } = workerData as PayloadWork;
const cipher = createChunkCipher(key);
key.fill(0);
const tags = tagMemory && new PieceTags(tagMemory);
const counters = new Int32Array(counterMemory);
const pieces = Math.ceil(size / pieceSize);
const lastChunk = Math.ceil(size / chunkSize) - 1;
const sealed = new Uint8Array(sealedChunkSize);
const nonce = new Uint8Array(12);

answer({ type: "done", outcome: openAll() });

function answer(message: PayloadAnswer): void {
  parentPort?.postMessage(message);
}

/** Hands over each piece in its place of the ring. */
function openAll(): PayloadOutcome {
  for (let index = 0; index < pieces; index++) {
    waitUntilSeen(index - ringPieces + 1);
    if (isStopped()) return "stopped";
    const slot = new Uint8Array(ring, (index % ringPieces) * pieceSize, lengthOf(index));
    if (!openPiece(index, slot)) return "damaged";
    tags?.note(index, slot);
    answer({ type: "piece", index, length: slot.length });
  }
  return "whole";
}

function isStopped(): boolean {
  return Atomics.load(counters, counter.stop) !== 0;
}

function waitUntilSeen(count: number): void {
  for (;;) {
    const seen = Atomics.load(counters, counter.seen);
    if (seen >= count || isStopped()) return;
    Atomics.wait(counters, counter.seen, seen);
  }
}

function lengthOf(index: number): number {
  return Math.min(pieceSize, size - index * pieceSize);
}

/** Fills `into` with the plaintext of a piece; false where a chunk is not there or does not open. */
function openPiece(index: number, into: Uint8Array): boolean {
  const first = (index * pieceSize) / chunkSize;
  for (let at = 0, chunk = first; at < into.length; at += chunkSize, chunk++) {
    const length = Math.min(chunkSize, into.length - at) + tagSize;
    const view = sealed.subarray(0, length);
    if (!readChunk(view, start + chunk * sealedChunkSize)) return false;
    writeChunkNonce(nonce, chunk, chunk === lastChunk);
    const plaintext = cipher.open(nonce, view);
    if (plaintext === null) return false;
    into.set(plaintext, at);
    // Frees the copy at once: the collector would let many pile up.
    plaintext.buffer.transfer(0);
  }
  return true;
}

function readChunk(into: Uint8Array, at: number): boolean {
  for (let done = 0; done < into.length; ) {
    const read = readSync(descriptor, into, done, into.length - done, at + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
}
