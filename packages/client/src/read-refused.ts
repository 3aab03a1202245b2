// A refusal where an answer in parts was expected, read whole.
import { type Bytes, concatBytes } from "@sealserve/primitives";
import type { HttpAnswer } from "@sealserve/protocols";
import type { StreamedAnswer } from "./streamed-answer.ts";

/** A refusal is short: what comes after 1 MiB is not read. */
const maxBytes = 1024 * 1024;

export async function readRefused({ status, headers, body }: StreamedAnswer): Promise<HttpAnswer> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) break;
    chunks.push(chunk);
  }
  return { status, headers, body: concatBytes(chunks) };
}
