// JSON as TensorFlow Serving writes it: its own documents with four spaces, those of protocol buffers with one.
import { type Bytes, utf8 } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";

export type Indent = 1 | 4;

export function jsonReply(status: number, document: object, indent: Indent): HttpReply {
  return jsonBytesReply(status, utf8(`${JSON.stringify(document, null, indent)}\n`));
}

export function jsonBytesReply(status: number, body: Bytes): HttpReply {
  return { status, headers: { "content-type": "application/json" }, body: [body] };
}
