// Listeners that speak gRPC, for processes that do.
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import type { ListenAddress } from "../listener/listen-address.ts";
import type { GrpcBinding } from "../listener/open-listeners.ts";
import type { ConnectionAge } from "./grpc-listener-parts.ts";
import { openGrpcListener } from "./open-grpc-listener.ts";

export type { ConnectionAge, GrpcListenerOptions, GrpcListenerParts } from "./grpc-listener-parts.ts";
export { openGrpcListener } from "./open-grpc-listener.ts";

/** A protocol over gRPC and where it lives. Where several share a port, the shortest age and grace hold for all. */
export function grpcBinding(grpc: GrpcProtocol, port: ListenAddress, connectionAge?: ConnectionAge): GrpcBinding {
  return { grpc, port, open: openGrpcListener, ...(connectionAge && { connectionAge }) };
}
