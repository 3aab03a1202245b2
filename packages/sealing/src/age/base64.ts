// Canonical base64 without padding, as age headers have it (RFC 4648, section 4).

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

/** A line of a header has at most so many characters. */
const columns = 64;

/** Null where `text` is not what {@link toBase64} writes: longer than a line, padding, other characters, or bits that say nothing. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length > columns || !/^[A-Za-z0-9+/]*$/.test(text) || text.length % 4 === 1) return null;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}
