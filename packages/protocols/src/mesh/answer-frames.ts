// Many answers as one body: each as the protocol would reply with it, behind the lengths of its parts, and a mark at the end.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes, strictTextOf, utf8 } from "@sealserve/primitives";
import type { HttpHeaders, HttpReply } from "../http/message.ts";

/** An answer or a refusal, without its status; `end`: there are no more. */
export interface AnswerFrame {
  readonly kind: "answer" | "refusal" | "end";
  readonly headers: HttpHeaders;
  readonly body: Bytes;
}

/**
 * A byte that is 1 for an answer, 2 for a refusal and 0 for the end, the length of the headers and of the body as uint32 little-endian, the
 * headers as a JSON object, the body.
 */
const kinds = ["end", "answer", "refusal"] as const;
const prefixSize = 9;
const maxHeaders = 64 * 1024;

export const endFrame: Bytes = new Uint8Array(prefixSize);

/** `reply`'s body must be no stream. */
export function writeFrame(kind: "answer" | "refusal", { headers, body }: Pick<HttpReply, "headers" | "body">): Bytes {
  const chunks = body as readonly Bytes[];
  const head = utf8(JSON.stringify(headers));
  const prefix = new Uint8Array(prefixSize);
  const view = new DataView(prefix.buffer);
  view.setUint8(0, kinds.indexOf(kind));
  view.setUint32(1, head.length, true);
  view.setUint32(
    5,
    chunks.reduce((sum, { length }) => sum + length, 0),
    true,
  );
  return concatBytes([prefix, head, ...chunks]);
}

/** `maxBytes`: the largest body that one frame may have. */
export interface ReadFramesOptions {
  readonly maxBytes: number;
}

/** The frames before the end. Throws `malformed` for what is none, also where the end is missing; `too-large`. */
export async function* readFrames(
  chunks: AsyncIterable<Bytes>,
  { maxBytes }: ReadFramesOptions,
): AsyncGenerator<AnswerFrame> {
  const queue = new ByteQueue();
  let prefix: FramePrefix | null = null;
  for await (const chunk of chunks) {
    queue.push(chunk);
    for (;;) {
      if (prefix === null && queue.length >= prefixSize) prefix = readPrefix(queue.take(prefixSize), maxBytes);
      if (prefix === null || queue.length < prefix.head + prefix.body) break;
      if (prefix.kind === "end") return;
      const headers = readHeaders(queue.take(prefix.head));
      yield { kind: prefix.kind, headers, body: queue.take(prefix.body) };
      prefix = null;
    }
  }
  throw new InferenceError("malformed", { problem: "the answers end without their end" });
}

interface FramePrefix {
  readonly kind: AnswerFrame["kind"];
  readonly head: number;
  readonly body: number;
}

function readPrefix(bytes: Bytes, maxBytes: number): FramePrefix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kinds[view.getUint8(0)];
  const [head, body] = [view.getUint32(1, true), view.getUint32(5, true)];
  if (kind === undefined) throw new InferenceError("malformed", { problem: "an answer begins with no known mark" });
  if (head > maxHeaders)
    throw new InferenceError("too-large", { what: "an answer's headers", limit: maxHeaders, found: head });
  if (body > maxBytes) throw new InferenceError("too-large", { what: "the answer", limit: maxBytes, found: body });
  return { kind, head, body };
}

function readHeaders(bytes: Bytes): HttpHeaders {
  let given: unknown;
  try {
    given = JSON.parse(strictTextOf(bytes));
  } catch (error) {
    throw new InferenceError("malformed", { problem: "an answer's headers are not JSON" }, error);
  }
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  if (!isObject || !Object.values(given as object).every((value) => typeof value === "string")) {
    throw new InferenceError("malformed", { problem: "an answer's headers are not an object of texts" });
  }
  return given as HttpHeaders;
}

/** Chunks as they come, taken out in other sizes: what is taken is copied once at most. */
class ByteQueue {
  #chunks: Bytes[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Bytes): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** `length` bytes, which are there. */
  take(length: number): Bytes {
    const taken: Bytes[] = [];
    let wanted = length;
    while (wanted > 0) {
      const first = this.#chunks[0] ?? new Uint8Array();
      taken.push(first.subarray(0, wanted));
      if (first.length > wanted) this.#chunks[0] = first.subarray(wanted);
      else this.#chunks.shift();
      wanted -= Math.min(wanted, first.length);
    }
    this.#length -= length;
    return taken.length === 1 && taken[0] ? taken[0] : concatBytes(taken);
  }
}
