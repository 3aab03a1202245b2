// What the thread that opens a file's chunks is given, and what it answers.

/** One file: `key` is 32 bytes, transferred, and wiped with the thread's end. */
export interface PayloadWork {
  readonly descriptor: number;
  readonly key: Uint8Array<ArrayBuffer>;
  /** Offset of the first chunk. */
  readonly start: number;
  /** Bytes of plaintext. */
  readonly size: number;
  /** The memory of a `PieceTags`; null: no piece is noted. */
  readonly tags: SharedArrayBuffer | null;
  /** Pieces on their way to be looked at. */
  readonly ring: SharedArrayBuffer;
  /** See the names below. */
  readonly counters: SharedArrayBuffer;
}

/** How many pieces were looked at, and whether to stop. */
export const counter = { seen: 0, stop: 1 } as const;

/** Pieces in the ring. */
export const ringPieces = 16;

/** `damaged`: a chunk does not open. `stopped`: told to. */
export type PayloadOutcome = "whole" | "damaged" | "stopped";

export type PayloadAnswer =
  | { readonly type: "piece"; readonly index: number; readonly length: number }
  | { readonly type: "done"; readonly outcome: PayloadOutcome };
