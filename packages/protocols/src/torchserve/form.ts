// Forms as named fields, with a bound on how many they may have.
import type { Bytes } from "@sealserve/primitives";
import { mediaTypeEssence } from "../http/media-type.ts";
import { readEncodedForm } from "./encoded-form.ts";
import type { Part } from "./multipart.ts";
import { boundaryOf, readMultipart } from "./read-multipart.ts";

export const encodedFormType = "application/x-www-form-urlencoded";

/** Each costs far more than its bytes. */
const mostFields = 1024;

/** Null where the body is no form; in the order in which they were sent. Throws `malformed` where it breaks off, cannot be read or has too many fields. */
export function readForm(body: Bytes, mediaType: string): readonly Part[] | null {
  const essence = mediaTypeEssence(mediaType);
  if (essence === encodedFormType) return readEncodedForm(body, mostFields);
  const boundary = essence === "multipart/form-data" ? boundaryOf(mediaType) : null;
  return boundary === null ? null : readMultipart(body, boundary, mostFields);
}
