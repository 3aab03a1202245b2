// Writes the answers of a call to its stream, as fast as the client takes them, and its status behind them.
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

/**
 * Fulfilled when all has been handed to the socket, or the client has gone. A call that is refused before its first answer has one frame only, with the
 * status in it. What the client still sends then is not waited for.
 */
export async function writeAnswers(
  stream: ServerHttp2Stream,
  { status, header, body, trailer }: UniversalServerResponse,
): Promise<void> {
  const headers: OutgoingHttpHeaders = { ":status": status, ...textsOf(header) };
  const answers = typeof body === "object" && Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : null;
  try {
    let next = await answers?.next();
    if (stream.destroyed) return;
    if (next === undefined || next.done) {
      // Trailers are complete only when the answers have come to their end.
      stream.respond({ ...headers, ...textsOf(trailer) }, { endStream: true });
    } else {
      stream.respond(headers, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers(textsOf(trailer)));
      for (; next !== undefined && !next.done; next = await answers?.next()) {
        if (!stream.write(next.value)) await settled(stream, "drain");
        if (stream.destroyed) return;
      }
      stream.end();
    }
    await settled(stream, "finish");
    if (stream.readableEnded) return;
    stream.close(constants.NGHTTP2_NO_ERROR);
    // With bytes that nobody has read it would stay.
    stream.destroy();
  } finally {
    await answers?.return?.();
  }
}

function settled(stream: ServerHttp2Stream, event: "drain" | "finish"): Promise<void> {
  if (stream.destroyed || (event === "finish" && stream.writableFinished)) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      stream.off(event, go);
      stream.off("close", go);
      resolve();
    };
    stream.on(event, go);
    stream.on("close", go);
  });
}

function textsOf(headers: Headers | undefined): Record<string, string> {
  return Object.fromEntries(headers ?? []);
}
