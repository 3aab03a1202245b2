// Answers what no method takes: other services' calls, metadata that is too long, and requests that are no calls at all.
import type { ServerHttp2Stream } from "node:http2";
import { type GrpcStatus, grpcCodes } from "@sealserve/protocols/grpc";

/** A call's answer that is nothing but its status. */
export function refuseCall(stream: ServerHttp2Stream, { code, message }: GrpcStatus): void {
  const answer = {
    ":status": 200,
    "content-type": "application/grpc",
    "grpc-status": String(grpcCodes[code]),
    "grpc-message": encodeURIComponent(message),
  };
  stream.respond(answer, { endStream: true });
  stream.close();
}

/** gRPC has HTTP's 415 for what is none. */
export function refuseForeign(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 415, "content-type": "text/plain; charset=utf-8" });
  stream.end("This listener only speaks gRPC.\n");
}
