// How the management API's calls that change something say what they want, and how they are answered.

import { strictTextOf } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import { mediaTypeEssence } from "../http/media-type.ts";
import type { HttpAnswer, HttpRequest } from "../http/message.ts";
import { jsonReply } from "./json-reply.ts";
import { type ErrorDocument, TorchserveRefusal } from "./refusal.ts";

/** A status and its sentence, `{"status": …}`; or a refusal in words that only one call has. */
export type ChangeResult = { readonly code: number; readonly status: string } | ErrorDocument;

export const changeReply = {
  writeReply: (result: ChangeResult) => jsonReply(result.code, "status" in result ? { status: result.status } : result),
  readReply: ({ status: code, body }: HttpAnswer): ChangeResult => {
    const { status } = Object(readJsonDocument(body)) as { readonly status?: unknown };
    return { code, status: typeof status === "string" ? status : "" };
  },
};

export type Parameters = (name: string) => string | undefined;

/** The parameters of the query. */
export function parametersOf({ query }: Pick<HttpRequest, "query">): Parameters {
  const written = new URLSearchParams(query);
  return (name) => written.get(name) ?? undefined;
}

/** Those of a body of JSON and no others, where there is one; else of the query. Throws `TorchserveRefusal` as the original's reader of JSON does. */
export function parametersOfBody(request: HttpRequest, numbers: ReadonlySet<string>): Parameters {
  const { headers, body } = request;
  if (mediaTypeEssence(headers["content-type"] ?? null) !== "application/json" || body.length === 0) {
    return parametersOf(request);
  }
  const document = readDocument(body);
  return (name) => {
    const found = Object.hasOwn(document, name) ? document[name] : null;
    if (typeof found !== "string" && typeof found !== "number" && typeof found !== "boolean") return undefined;
    if (numbers.has(name) && !/^[+-]?\d{1,10}(?:\.0*)?$/.test(String(found))) {
      throw syntax(`java.lang.NumberFormatException: For input string: "${found}"`);
    }
    return String(found);
  };
}

function readDocument(body: HttpRequest["body"]): Readonly<Record<string, unknown>> {
  let text: string;
  let document: unknown;
  try {
    text = strictTextOf(body);
    document = JSON.parse(text);
  } catch {
    throw brokenOff(body);
  }
  if (Array.isArray(document)) {
    throw syntax(
      "java.lang.IllegalStateException: Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 2 path $",
    );
  }
  if (typeof document !== "object" || document === null) {
    throw syntax("java.lang.IllegalStateException: Expected BEGIN_OBJECT at line 1 column 1 path $");
  }
  return document as Readonly<Record<string, unknown>>;
}

/** Whatever is wrong with it, this is what the original says of JSON that ends too early. */
function brokenOff(body: HttpRequest["body"]): TorchserveRefusal {
  let line = 1;
  let column = 1;
  for (const byte of body) {
    column = byte === 0x0a ? 1 : column + 1;
    if (byte === 0x0a) line++;
  }
  return syntax(`java.io.EOFException: End of input at line ${line} column ${column} path $.`);
}

function syntax(message: string): TorchserveRefusal {
  return new TorchserveRefusal(500, "JsonSyntaxException", message);
}

/** As in the original a text that is no number counts as not given. */
export function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,9}(?:\.0*)?$/.test(text) ? Number(text) : undefined;
}

/** Without the members that are not given. */
export function present<T extends object>(members: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

/** A request without a body. */
export function change(method: string, path: string, parameters: Readonly<Record<string, unknown>>): HttpRequest {
  const written = Object.entries(present(parameters)).map(([name, value]): [string, string] => [name, String(value)]);
  return { method, path, query: new URLSearchParams(written).toString(), headers: {}, body: new Uint8Array() };
}
