// JSON as TorchServe writes it (Gson: two spaces, a newline at the end, no nulls), and the headers of every reply.
import { utf8 } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";
import { reasonPhrase } from "./reason-phrase.ts";

export function jsonReply(status: number, document: object): HttpReply {
  const reason = reasonPhrase(status);
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    headers: { "content-type": "application/json" },
    body: [utf8(`${jsonText(document)}\n`)],
  };
}

export function jsonText(document: object): string {
  return JSON.stringify(document, withoutNulls, 2);
}

/** Headers on every reply (TorchServe, `NettyUtils.sendHttpResponse`); an error ends the connection. */
export function replyHeaders(status: number, requestId: string): Record<string, string> {
  return {
    "x-request-id": requestId,
    pragma: "no-cache",
    "cache-control": "no-cache; no-store, must-revalidate, private",
    expires: "Thu, 01 Jan 1970 00:00:00 UTC",
    connection: status >= 400 ? "close" : "keep-alive",
  };
}

function withoutNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
