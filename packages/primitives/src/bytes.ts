// Small operations on byte arrays that several packages need.

/** Any bytes, whatever buffer they look into. */
export type Bytes = Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Text of UTF-8 `bytes`; an ill-formed sequence becomes U+FFFD. */
export function textOf(bytes: Bytes): string {
  return decoder.decode(bytes);
}

/** Text of UTF-8 `bytes`. Throws `TypeError` on an ill-formed sequence. */
export function strictTextOf(bytes: Bytes): string {
  return strictDecoder.decode(bytes);
}

/** All `chunks` in one array; a single chunk is returned as it is, not copied. */
export function concatBytes(chunks: readonly Bytes[]): Bytes {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Whether `a` and `b` hold the same bytes. Not constant-time: never for secrets. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
