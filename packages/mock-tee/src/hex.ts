// Hex of fixed width, both ways.
import type { Bytes } from "@sealserve/primitives";

export function toHex(bytes: Bytes): string {
  return Buffer.from(bytes).toString("hex");
}

/** Throws `RangeError` unless `text` is exactly `width` bytes of hex. */
export function fromHex(text: string, width: number): Bytes {
  const bytes = Buffer.from(text, "hex");
  if (bytes.length !== width || text.length !== 2 * width) {
    throw new RangeError(`a field of ${width} bytes was given ${text.length} hex digits`);
  }
  return Uint8Array.from(bytes);
}
