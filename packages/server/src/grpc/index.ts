// Listeners that speak gRPC, for processes that do.
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import type { ListenAddress } from "../listener/listen-address.ts";
import type { GrpcBinding } from "../listener/open-listeners.ts";
import { openGrpcListener } from "./open-grpc-listener.ts";

export type { GrpcListenerParts } from "./grpc-listener-parts.ts";
export { openGrpcListener } from "./open-grpc-listener.ts";

/** A protocol over gRPC and where it lives. */
export function grpcBinding(grpc: GrpcProtocol, port: ListenAddress): GrpcBinding {
  return { grpc, port, open: openGrpcListener };
}
