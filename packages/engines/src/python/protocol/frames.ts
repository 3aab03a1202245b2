// What the server writes to a worker of TorchServe: one frame to load a model, and one for each batch.
// Source: TorchServe 0.12, `ts/protocol/otf_message_handler.py`. Integers have 4 bytes, the highest first.

export interface LoadFrame {
  readonly model: string;
  /** The folder with the files of the archive. */
  readonly folder: string;
  readonly batchSize: number;
  readonly handler: string;
  /** -1: none. */
  readonly gpu: number;
  /** "": none. */
  readonly envelope: string;
  readonly limitMaxImagePixels: boolean;
}

export interface FrameParameter {
  readonly name: string;
  /** null or "": none. */
  readonly contentType: string | null;
  readonly value: Uint8Array;
}

export interface FrameRequest {
  readonly id: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly parameters: readonly FrameParameter[];
}

const endOfList = -1;
const loadCommand = 0x4c;
const predictCommand = 0x49;

/** In pieces that belong one after another; those of inputs may be views. */
export function loadFrame(load: LoadFrame): readonly Uint8Array[] {
  const frame = new FrameWriter(loadCommand);
  frame.text(load.model);
  frame.text(load.folder);
  frame.int(load.batchSize);
  frame.text(load.handler);
  frame.int(load.gpu);
  frame.text(load.envelope);
  frame.bool(load.limitMaxImagePixels);
  return frame.finish();
}

/** See {@link loadFrame}. */
export function predictFrame(requests: Iterable<FrameRequest>): readonly Uint8Array[] {
  const frame = new FrameWriter(predictCommand);
  for (const { id, headers, parameters } of requests) {
    frame.text(id);
    for (const [name, value] of headers) {
      frame.text(name);
      frame.text(value);
    }
    frame.int(endOfList);
    for (const { name, contentType, value } of parameters) {
      frame.text(name);
      frame.text(contentType ?? "");
      frame.bytes(value);
    }
    frame.int(endOfList);
  }
  frame.int(endOfList);
  return frame.finish();
}

/** Shorter values are copied into one piece with what is around them: a write of many pieces costs more. */
const longValue = 32 * 1024;
const pieceSize = 2048;

class FrameWriter {
  readonly #pieces: Uint8Array[] = [];
  #piece = Buffer.allocUnsafe(pieceSize);
  #start = 0;
  #at = 0;

  constructor(command: number) {
    this.#at = this.#piece.writeUInt8(command, 0);
  }

  int(value: number): void {
    this.#reserve(4);
    this.#at = this.#piece.writeInt32BE(value, this.#at);
  }

  bool(value: boolean): void {
    this.#reserve(1);
    this.#at = this.#piece.writeUInt8(value ? 1 : 0, this.#at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(4 + length);
    this.#at = this.#piece.writeInt32BE(length, this.#at);
    this.#at += this.#piece.write(value, this.#at);
  }

  bytes(value: Uint8Array): void {
    this.int(value.length);
    if (value.length >= longValue) {
      this.#cut();
      this.#pieces.push(value);
      return;
    }
    this.#reserve(value.length);
    this.#piece.set(value, this.#at);
    this.#at += value.length;
  }

  finish(): readonly Uint8Array[] {
    this.#cut();
    return this.#pieces;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#piece.length) return;
    this.#cut();
    this.#piece = Buffer.allocUnsafe(Math.max(pieceSize, 2 * size));
    this.#start = 0;
    this.#at = 0;
  }

  #cut(): void {
    if (this.#at > this.#start) this.#pieces.push(this.#piece.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}
