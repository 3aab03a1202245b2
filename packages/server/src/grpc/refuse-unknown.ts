// Answers what no method takes: other services' calls, and requests that are no calls at all.
import type { ServerHttp2Stream } from "node:http2";

/** In the words of the library that TorchServe's clients know. */
export function refuseUnknown(stream: ServerHttp2Stream, path: string): void {
  const answer = {
    ":status": 200,
    "content-type": "application/grpc",
    "grpc-status": "12",
    "grpc-message": encodeURIComponent(`Method not found: ${path.slice(1)}`),
  };
  stream.respond(answer, { endStream: true });
  stream.close();
}

/** gRPC has HTTP's 415 for what is none. */
export function refuseForeign(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 415, "content-type": "text/plain; charset=utf-8" });
  stream.end("This listener only speaks gRPC.\n");
}
