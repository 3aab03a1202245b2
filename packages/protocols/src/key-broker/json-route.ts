// Rows whose request and reply are JSON documents, with a bearer token beside them.
import { utf8 } from "@sealserve/primitives";
import type { HttpAnswer, HttpHeaders, HttpReply, HttpRequest } from "../http/message.ts";
import type { PathPattern } from "../http/path-pattern.ts";
import { KeyBrokerError } from "./key-broker-error.ts";
import { readJson, type Shape } from "./shape.ts";

const none = new Uint8Array(0);

export interface RequestParts {
  readonly method: string;
  readonly path: PathPattern;
  readonly captured?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly token?: string | null;
  readonly cookie?: string | null;
  /** Left out: no body. */
  readonly document?: unknown;
}

export function jsonRequest(parts: RequestParts): HttpRequest {
  const { method, path, captured = {}, query = "", token = null, cookie = null, document } = parts;
  const headers: HttpHeaders = {
    accept: "application/json",
    ...(document === undefined ? {} : { "content-type": "application/json" }),
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === null ? {} : { cookie }),
  };
  const body = document === undefined ? none : utf8(JSON.stringify(document));
  return { method, path: path.fill(captured), query, headers, body };
}

/** Keys and tokens must not stay in a cache on the way. */
export function jsonReply(document: unknown, headers: HttpHeaders = {}): HttpReply {
  const body = [utf8(JSON.stringify(document))];
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body,
  };
}

export function readJsonReply<T>(answer: HttpAnswer, shape: Shape<T>): T {
  return readJson(answer.body, shape, "the reply");
}

/** The token of an Authorization header (RFC 6750); null where there is none, or one of another scheme. Never from the query. */
export function bearerOf({ headers }: HttpRequest): string | null {
  const found = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers["authorization"] ?? "");
  return found?.[1] ?? null;
}

/** A query has no place in these calls: it would end in logs. */
export function refuseQuery({ query }: HttpRequest): void {
  if (query !== "") throw new KeyBrokerError("malformed-request", { problem: "this call takes no query" });
}
