// The requests of a call as its method takes them: unframed, unpacked and decoded, within a time and a length.
import type { ServerHttp2Stream } from "node:http2";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { GrpcRefusal } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import { type Frame, FrameDecoder, tooLong } from "./frames.ts";

export interface MessageSource {
  readonly stream: ServerHttp2Stream;
  readonly schema: DescMessage;
  /** How messages that say so are compressed; null: the client did not say. */
  readonly encoding: string | null;
  /** Bytes of a message, compressed or not. */
  readonly limit: number;
  /** Milliseconds in which a single request has to come, or of several each piece. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Whether what its connection was trusted for holds no more. */
  readonly isStale: () => boolean;
}

const unpack = promisify(gunzip);

/** The one request of a call. Throws `GrpcRefusal`. */
export async function readMessage(source: MessageSource): Promise<Message> {
  const { stream, limit, timeout, clock } = source;
  const frame = await new Promise<Frame>((resolve, reject) => {
    const decoder = new FrameDecoder(limit);
    let found: Frame | null = null;
    const timer = clock.setTimer(timeout, () => stop(late()));
    const take = (piece: Uint8Array) => {
      try {
        for (const each of decoder.add(piece)) {
          if (found) throw new GrpcRefusal("unimplemented", "the method takes one message, but more came");
          found = each;
        }
      } catch (error) {
        stop(error);
      }
    };
    const end = () => stop(decoder.isPartial || !found ? cut() : null);
    const leave = () => stop(new GrpcRefusal("cancelled", "the client has gone"));
    const stop = (error: unknown) => {
      timer.cancel();
      stream.off("data", take).off("end", end).off("close", leave);
      if (found && error === null) resolve(found);
      else reject(error);
    };
    stream.on("data", take).on("end", end).on("close", leave);
  });
  return decode(frame, source);
}

/** Each request of a call that has several. Throws `GrpcRefusal`. */
export async function* readMessages(source: MessageSource): AsyncGenerator<Message> {
  const { stream, limit, timeout, clock, isStale } = source;
  const decoder = new FrameDecoder(limit);
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  overdue.catch(() => "only what waits for a piece is told");
  // The stream outlives its requests: answers go over it.
  const pieces = stream.iterator({ destroyOnReturn: false });
  for (;;) {
    const timer = clock.setTimer(timeout, () => reject(late()));
    const next = await Promise.race([pieces.next(), overdue]).finally(() => timer.cancel());
    if (next.done) break;
    for (const frame of decoder.add(next.value)) {
      if (isStale()) throw outdated();
      yield await decode(frame, source);
    }
  }
  if (decoder.isPartial) throw cut();
}

async function decode({ isCompressed, bytes }: Frame, { schema, encoding, limit }: MessageSource): Promise<Message> {
  const plain = isCompressed ? await unpacked(bytes, encoding, limit) : bytes;
  try {
    return fromBinary(schema, plain);
  } catch {
    throw new GrpcRefusal("invalid-argument", `the message is no ${schema.typeName}`);
  }
}

async function unpacked(bytes: Uint8Array, encoding: string | null, limit: number): Promise<Uint8Array> {
  if (encoding === null || encoding === "identity") {
    throw new GrpcRefusal("internal", "a message is compressed, but grpc-encoding does not say how");
  }
  if (encoding !== "gzip") throw new GrpcRefusal("unimplemented", "messages may be compressed by gzip only");
  try {
    return await unpack(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (Object(error).code === "ERR_BUFFER_TOO_LARGE") throw tooLong(limit, null);
    throw new GrpcRefusal("invalid-argument", "a compressed message cannot be unpacked");
  }
}

function late(): GrpcRefusal {
  return new GrpcRefusal("deadline-exceeded", "the request did not come in time");
}

function outdated(): GrpcRefusal {
  return new GrpcRefusal("unavailable", "what was proved on this connection holds no more: connect and verify anew");
}

function cut(): GrpcRefusal {
  return new GrpcRefusal("invalid-argument", "the request ends before its message");
}
