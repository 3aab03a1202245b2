// The body of a prediction as named fields, as handlers see it: the parts of a form, or one field `body`.
import { type Bytes, textOf, utf8 } from "@sealserve/primitives";
import type { HttpRequest } from "../http/message.ts";
import { encodedFormType, isForm, readForm } from "./form.ts";
import { encodeMultipart } from "./multipart.ts";

export interface Field {
  readonly name: string;
  /** As the client named it; null where it named none, and then a field of a form is text. */
  readonly mediaType: string | null;
  readonly bytes: Bytes;
}

/** The name of the only field where the body is no form. */
export const bodyField = "body";

/**
 * Fields of a request. Of several with one name the last counts. The bytes of a body that is no form are a view.
 * Throws `malformed` where the body is not the form that its content type promises.
 */
export async function readFields(request: HttpRequest): Promise<readonly Field[]> {
  const mediaType = request.headers["content-type"] ?? null;
  if (mediaType === null || !isForm(mediaType)) return [{ name: bodyField, mediaType, bytes: request.body }];
  const fields = new Map<string, Field>();
  for (const [name, value] of await readForm(request.body, mediaType)) {
    fields.set(
      name,
      typeof value === "string"
        ? { name, mediaType: null, bytes: utf8(value) }
        : { name, mediaType: value.type || null, bytes: new Uint8Array(await value.arrayBuffer()) },
    );
  }
  return [...fields.values()];
}

/** The body that {@link readFields} reads these fields from, and its content type. */
export function writeFields(fields: readonly Field[]): { readonly mediaType: string | null; readonly body: Bytes } {
  const [only] = fields;
  if (only === undefined) return { mediaType: encodedFormType, body: new Uint8Array() };
  if (fields.length === 1 && only.name === bodyField) return { mediaType: only.mediaType, body: only.bytes };
  if (fields.some((field) => field.mediaType !== null)) return encodeMultipart(fields);
  const form = new URLSearchParams(fields.map(({ name, bytes }): [string, string] => [name, textOf(bytes)]));
  return { mediaType: encodedFormType, body: utf8(form.toString()) };
}
