// Puts a sealed stream into ASCII armor, for where only text goes through (age v1, "ASCII armor").
import { encodeBase64, rowBytes, rowColumns } from "./base64-rows.ts";
import { beginMarker, endMarker, lineFeed } from "./markers.ts";

/**
 * The same sealed file as text, about a third longer. The pieces of `sealed` must be its reader's own, as `seal` gives them: each is
 * freed once it is written. What comes out is the reader's likewise.
 */
export function armor(sealed: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = sealed.getReader();
  const rows = new ArmorRows();
  let begun = false;
  return new ReadableStream(
    {
      async pull(controller) {
        if (!begun) controller.enqueue(Uint8Array.from([...beginMarker, lineFeed]));
        begun = true;
        for (;;) {
          const { done, value } = await reader.read();
          const text = done ? rows.end() : rows.add(value);
          value?.buffer.transfer(0);
          if (text.length > 0) controller.enqueue(text);
          if (done) {
            controller.enqueue(Uint8Array.from([...endMarker, lineFeed]));
            controller.close();
          }
          if (done || text.length > 0) return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Cuts bytes into rows, of which only the last may be short. */
class ArmorRows {
  readonly #begun = new Uint8Array(rowBytes);
  #length = 0;

  /** The rows that are full now. */
  add(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const rows = Math.floor((this.#length + bytes.length) / rowBytes);
    const text = new Uint8Array(rows * (rowColumns + 1));
    let [at, to] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const end = at + rowBytes - this.#length;
      to = writeRow(this.#length > 0 ? this.#joined(bytes.subarray(at, end)) : bytes.subarray(at, end), text, to);
      at = end;
    }
    this.#keep(bytes.subarray(at));
    return text;
  }

  /** The short row at the end, if there is one. */
  end(): Uint8Array<ArrayBuffer> {
    const last = this.#begun.subarray(0, this.#length);
    const text = new Uint8Array(last.length === 0 ? 0 : 4 * Math.ceil(last.length / 3) + 1);
    if (last.length > 0) writeRow(last, text, 0);
    return text;
  }

  #joined(bytes: Uint8Array): Uint8Array {
    this.#keep(bytes);
    this.#length = 0;
    return this.#begun;
  }

  #keep(bytes: Uint8Array): void {
    this.#begun.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

function writeRow(row: Uint8Array, into: Uint8Array, at: number): number {
  const end = encodeBase64(row, into, at);
  into[end] = lineFeed;
  return end + 1;
}
