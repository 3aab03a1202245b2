// Answers what no method takes: other services' calls, metadata that is too long, and requests that are no calls at all.
import type { ServerHttp2Stream } from "node:http2";
import type { GrpcStatus } from "@sealserve/protocols/grpc";
import { trailersOf } from "./trailers.ts";

/** A call's answer that is nothing but its status. */
export function refuseCall(stream: ServerHttp2Stream, status: GrpcStatus): void {
  const answer = { ":status": 200, "content-type": "application/grpc", ...trailersOf(status) };
  stream.respond(answer, { endStream: true });
  stream.close();
}

/** gRPC has HTTP's 415 for what is none. */
export function refuseForeign(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 415, "content-type": "text/plain; charset=utf-8" });
  stream.end("This listener only speaks gRPC.\n");
}
