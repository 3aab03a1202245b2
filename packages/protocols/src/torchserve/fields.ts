// The body of a prediction as named fields, as handlers see it: the parts of a form, or one field `body`.
import { type Bytes, utf8 } from "@sealserve/primitives";
import type { HttpRequest } from "../http/message.ts";
import { writeEncodedForm } from "./encoded-form.ts";
import { encodedFormType, readForm } from "./form.ts";
import { encodeMultipart } from "./multipart.ts";

export interface Field {
  readonly name: string;
  /** Type and subtype as the client named them; null where it named none. */
  readonly mediaType: string | null;
  readonly bytes: Bytes;
}

/** The name of the only field where the body is no form. */
export const bodyField = "body";

/**
 * Fields of a request. Of several with one name the last counts. Their bytes are views of the body. Throws `malformed` where the body is not the
 * form that its content type promises.
 */
export function readFields({ headers, body }: Pick<HttpRequest, "headers" | "body">): readonly Field[] {
  const mediaType = headers["content-type"] ?? null;
  const form = mediaType === null ? null : readForm(body, mediaType);
  if (form === null) return [{ name: bodyField, mediaType: withoutParameters(mediaType), bytes: body }];
  const fields = new Map<string, Field>();
  for (const { name, mediaType: type, bytes } of form) {
    fields.set(name, { name, mediaType: withoutParameters(type), bytes });
  }
  return [...fields.values()];
}

/** Fields of a query, those of the body after them. */
export function withQuery(query: string, fields: readonly Field[]): readonly Field[] {
  if (query === "") return fields;
  const all = new Map<string, Field>();
  for (const [name, value] of new URLSearchParams(query)) all.set(name, { name, mediaType: null, bytes: utf8(value) });
  for (const field of fields) all.set(field.name, field);
  return [...all.values()];
}

/** The body that {@link readFields} reads these fields from, and its content type. */
export function writeFields(fields: readonly Field[]): { readonly mediaType: string | null; readonly body: Bytes } {
  const [only] = fields;
  if (only === undefined) return { mediaType: encodedFormType, body: new Uint8Array() };
  if (fields.length === 1 && only.name === bodyField) return { mediaType: only.mediaType, body: only.bytes };
  if (fields.some((field) => field.mediaType !== null)) return encodeMultipart(fields);
  return { mediaType: encodedFormType, body: utf8(writeEncodedForm(fields)) };
}

/** Handlers know JSON and text by it, letter by letter (Netty, `HttpUtil.getMimeType`). */
function withoutParameters(mediaType: string | null): string | null {
  return mediaType === null ? null : (mediaType.split(";", 1)[0]?.trim() ?? "");
}
