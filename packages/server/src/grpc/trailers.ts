// What stands behind the last answer of a call: its status, and the words for it.
import { type GrpcStatus, grpcCodes } from "@sealserve/protocols/grpc";

/** Clients refuse trailers that are much longer. */
const longest = 6_000;

/** Characters that fit in any case: a character is at most nine when it is encoded. */
const surelyFits = 600;

/** `status` null: OK. */
export function trailersOf(status: GrpcStatus | null): Record<string, string> {
  if (status === null) return { "grpc-status": "0" };
  return { "grpc-status": String(grpcCodes[status.code]), "grpc-message": encoded(status.message) };
}

/** Percent-encoded UTF-8 (gRPC, `PROTOCOL-HTTP2.md`); a sentence that is too long is cut. */
function encoded(message: string): string {
  const whole = encodeURIComponent(message.toWellFormed());
  if (whole.length <= longest) return whole;
  return encodeURIComponent(`${message.slice(0, surelyFits).toWellFormed()} …`);
}
