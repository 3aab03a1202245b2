// Writes multipart/form-data (RFC 7578): the client's half; the platform's own reader is the other.
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";

export interface Part {
  readonly name: string;
  /** null: a text field; else the part is a file of this media type. */
  readonly mediaType: string | null;
  readonly bytes: Bytes;
}

/** The parts as one body, and the content type that names its boundary. */
export function encodeMultipart(parts: readonly Part[]): { readonly mediaType: string; readonly body: Bytes } {
  const boundary = boundaryApartFrom(parts);
  const chunks = parts.flatMap((part) => [utf8(`--${boundary}\r\n${headOf(part)}\r\n\r\n`), part.bytes, utf8("\r\n")]);
  const body = concatBytes([...chunks, utf8(`--${boundary}--\r\n`)]);
  return { mediaType: `multipart/form-data; boundary=${boundary}`, body };
}

function headOf({ name, mediaType }: Part): string {
  const disposition = `content-disposition: form-data; name="${quoted(name)}"`;
  return mediaType === null ? disposition : `${disposition}; filename="${quoted(name)}"\r\ncontent-type: ${mediaType}`;
}

/** The escapes of the HTML standard ("multipart/form-data encoding algorithm"). */
function quoted(name: string): string {
  return name.replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/"/g, "%22");
}

/** A boundary that occurs in no part: counted up until it fits, so that the same parts always give the same bytes. */
function boundaryApartFrom(parts: readonly Part[]): string {
  const texts = parts.map((part) => textOf(part.bytes));
  for (let i = 0; ; i++) {
    const boundary = `sealserve-form-boundary-${i}`;
    if (!texts.some((text) => text.includes(boundary))) return boundary;
  }
}
