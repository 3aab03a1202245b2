// Forms as the platform reads them, with a bound on how many fields they may have.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { mediaTypeEssence } from "../http/media-type.ts";

export const encodedFormType = "application/x-www-form-urlencoded";
const multipartType = "multipart/form-data";

/** Each costs far more than its bytes, and the platform reads them all at once. */
const mostFields = 1024;

export function isForm(mediaType: string | null): boolean {
  const essence = mediaTypeEssence(mediaType);
  return essence === multipartType || essence === encodedFormType;
}

/** Throws `malformed` where the body is not the form that `mediaType` says, or has too many fields. */
export async function readForm(body: Bytes, mediaType: string): Promise<FormData> {
  // A form of n fields has n or n - 1 of these.
  const separator = mediaTypeEssence(mediaType) === multipartType ? `\n--${boundaryOf(mediaType)}` : "&";
  if (occursMoreThan(mostFields, separator, body))
    throw new InferenceError("malformed", { problem: `a form has more than ${mostFields} fields` });
  try {
    // The cast says what the type leaves open: the bytes lie in memory of their own, not in shared memory.
    return await new Response(body as Uint8Array<ArrayBuffer>, { headers: { "content-type": mediaType } }).formData();
  } catch (error) {
    throw new InferenceError("malformed", { problem: "Invalid HTTP message." }, error);
  }
}

function boundaryOf(mediaType: string): string {
  const [, quoted, plain = ""] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(mediaType) ?? [];
  return quoted ?? plain;
}

/** The first character of `text` occurs in it once, so the work is in proportion to the bytes. */
function occursMoreThan(limit: number, text: string, bytes: Bytes): boolean {
  const [first = 0, ...rest] = utf8(text);
  let found = 0;
  for (let at = bytes.indexOf(first); at >= 0 && found <= limit; at = bytes.indexOf(first, at + 1)) {
    if (rest.every((byte, i) => bytes[at + 1 + i] === byte)) found++;
  }
  return found > limit;
}
