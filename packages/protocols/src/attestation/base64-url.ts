// Base64url without padding (RFC 4648, section 5), in its one canonical form, as a member of a document.
import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { parseBase64Url } from "../http/base64.ts";

export { toBase64Url } from "../http/base64.ts";

/** Throws `malformed`, with the name of the member, on any other way of writing bytes. */
export function fromBase64Url(text: string, name: string): Bytes {
  const bytes = parseBase64Url(text);
  if (bytes) return bytes;
  throw new InferenceError("malformed", { problem: `'${name}' must be base64url without padding` });
}
