// gRPC's status codes, and how a call is refused with one of them.
import { CodedError } from "@sealserve/primitives";

/** By the names that this house gives them (gRPC, `statuscodes.md`); 0, which is no refusal, is left out. */
export const grpcCodes = {
  cancelled: 1,
  unknown: 2,
  "invalid-argument": 3,
  "deadline-exceeded": 4,
  "not-found": 5,
  "already-exists": 6,
  "permission-denied": 7,
  "resource-exhausted": 8,
  "failed-precondition": 9,
  aborted: 10,
  "out-of-range": 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  "data-loss": 15,
  unauthenticated: 16,
} as const;

export type GrpcCode = keyof typeof grpcCodes;

/** What a refused call ends with. */
export interface GrpcStatus {
  readonly code: GrpcCode;
  /** For the client to read. */
  readonly message: string;
}

/** A refusal in words of the protocol's own, where no inference error says it. */
export class GrpcRefusal extends CodedError<GrpcCode> {
  constructor(code: GrpcCode, message: string) {
    super(code, message, {});
    this.name = "GrpcRefusal";
  }
}

/** The HTTP status that says the same, for counts of both kinds together (gRPC, `http-grpc-status-mapping.md`, backwards). */
export function httpStatusOf(code: GrpcCode): number {
  switch (code) {
    case "invalid-argument":
    case "failed-precondition":
    case "out-of-range":
      return 400;
    case "unauthenticated":
      return 401;
    case "permission-denied":
      return 403;
    case "not-found":
      return 404;
    case "already-exists":
    case "aborted":
      return 409;
    case "resource-exhausted":
      return 429;
    case "cancelled":
      return 499;
    case "unimplemented":
      return 501;
    case "unavailable":
      return 503;
    case "deadline-exceeded":
      return 504;
    case "unknown":
    case "internal":
    case "data-loss":
      return 500;
  }
}
