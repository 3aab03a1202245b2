// Forms as named fields, with a bound on how many they may have.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import { mediaTypeEssence } from "../http/media-type.ts";
import type { Part } from "./multipart.ts";
import { boundaryOf, readMultipart } from "./read-multipart.ts";

export const encodedFormType = "application/x-www-form-urlencoded";

/** Each costs far more than its bytes. */
const mostFields = 1024;
const ampersand = 0x26;

/** Null where the body is no form; in the order in which they were sent. Throws `malformed` where it breaks off or has too many fields. */
export function readForm(body: Bytes, mediaType: string): readonly Part[] | null {
  const essence = mediaTypeEssence(mediaType);
  if (essence === encodedFormType) return readEncoded(body);
  const boundary = essence === "multipart/form-data" ? boundaryOf(mediaType) : null;
  return boundary === null ? null : readMultipart(body, boundary, mostFields);
}

function readEncoded(body: Bytes): readonly Part[] {
  let fields = 1;
  for (let at = body.indexOf(ampersand); at >= 0; at = body.indexOf(ampersand, at + 1)) fields++;
  if (fields > mostFields)
    throw new InferenceError("malformed", { problem: `a form has more than ${mostFields} fields` });
  return [...new URLSearchParams(textOf(body))].map(([name, value]) => ({ name, mediaType: null, bytes: utf8(value) }));
}
