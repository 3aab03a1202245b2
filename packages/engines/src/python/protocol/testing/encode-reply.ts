// What a worker sends, for tests: the other side of the reply reader.
import type { Reply } from "../reply-reader.ts";

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

export function encodeReply({ code, message, predictions }: Reply): Buffer {
  return Buffer.concat([
    int(code),
    text(message),
    ...predictions.flatMap(({ id, contentType, status, reason, headers, body }) => [
      ...[text(id), text(contentType), int(status), text(reason), int(headers.length)],
      ...headers.flatMap(([name, value]) => [text(name), text(value)]),
      text(body),
    ]),
    int(-1),
  ]);
}
