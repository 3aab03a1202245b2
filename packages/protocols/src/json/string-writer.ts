// JSON strings from text and from UTF-8 bytes, escaped where they must be (RFC 8259, section 7).
import type { Bytes } from "@sealserve/primitives";
import type { ByteSink } from "./byte-sink.ts";
import { backslash, quote } from "./syntax.ts";

/** What a string may not hold as it is; U+007F and beyond may. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const special = /["\\\u0000-\u001f]/;

/** Half a surrogate pair becomes U+FFFD, or its escape where the text needs escapes at all. */
export function writeText(sink: ByteSink, text: string): void {
  sink.text(special.test(text) ? JSON.stringify(text) : `"${text}"`);
}

/** Ill-formed UTF-8 passes through as it is. */
export function writeUtf8(sink: ByteSink, utf8: Bytes): void {
  sink.byte(quote);
  let from = 0;
  for (let at = 0; at < utf8.length; at++) {
    const byte = utf8[at] ?? 0;
    if (byte >= 0x20 && byte !== quote && byte !== backslash) continue;
    sink.bytes(utf8.subarray(from, at));
    sink.ascii(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
    from = at + 1;
  }
  sink.bytes(utf8.subarray(from));
  sink.byte(quote);
}
