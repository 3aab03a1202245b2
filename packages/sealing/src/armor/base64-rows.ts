// Rows of padded base64 as bytes of ASCII, read strictly: canonical, and nothing but the alphabet (RFC 4648, section 4).

/** Bytes of a full row, and its characters. */
export const rowBytes = 48;
export const rowColumns = 64;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const charOf = Uint8Array.from(alphabet, (char) => char.charCodeAt(0));
/** Six bits by character; `outside` for every other. */
const outside = 64;
const bitsOf = new Uint8Array(256).fill(outside);
for (const [bits, char] of charOf.entries()) bitsOf[char] = bits;
const padding = 0x3d;

/** Writes `bytes` in base64 to `into` from `at` on; returns where it ends. */
export function encodeBase64(bytes: Uint8Array, into: Uint8Array, at: number): number {
  let to = at;
  for (let from = 0; from < bytes.length; from += 3) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    const left = bytes.length - from;
    into[to++] = charOf[bits >> 18] ?? 0;
    into[to++] = charOf[(bits >> 12) & 63] ?? 0;
    into[to++] = left > 1 ? (charOf[(bits >> 6) & 63] ?? 0) : padding;
    into[to++] = left > 2 ? (charOf[bits & 63] ?? 0) : padding;
  }
  return to;
}

/**
 * Writes what `row` says to `into` from `at` on; returns where it ends, or null where `row` is not exactly what {@link encodeBase64}
 * writes for some bytes.
 */
export function decodeBase64(row: Uint8Array, into: Uint8Array, at: number): number | null {
  if (row.length % 4 !== 0) return null;
  const padded = row.at(-1) !== padding ? 0 : row.at(-2) !== padding ? 1 : 2;
  const last = row.length - 4;
  let to = at;
  for (let from = 0; from <= last; from += 4) {
    const ends = from === last ? padded : 0;
    const a = bitsOf[row[from] ?? 0] ?? outside;
    const b = bitsOf[row[from + 1] ?? 0] ?? outside;
    const c = ends > 1 ? 0 : (bitsOf[row[from + 2] ?? 0] ?? outside);
    const d = ends > 0 ? 0 : (bitsOf[row[from + 3] ?? 0] ?? outside);
    if ((a | b | c | d) & outside) return null;
    // Bits that belong to no byte must be zero.
    if ((ends === 2 && (b & 15) !== 0) || (ends === 1 && (c & 3) !== 0)) return null;
    into[to++] = (a << 2) | (b >> 4);
    if (ends < 2) into[to++] = ((b & 15) << 4) | (c >> 2);
    if (ends < 1) into[to++] = ((c & 3) << 6) | d;
  }
  return to;
}
