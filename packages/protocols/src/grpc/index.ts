// Protocols over gRPC, free of any transport; and the standard services' descriptions, which every listener answers itself.
export { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../generated/grpc/health/v1/health_pb.ts";
export {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "../generated/grpc/reflection/v1/reflection_pb.ts";
export { ServerReflection as ServerReflectionAlpha } from "../generated/grpc/reflection/v1alpha/reflection_pb.ts";
export {
  bidiStreaming,
  type GrpcCall,
  type GrpcMethod,
  type GrpcProtocol,
  serverStreaming,
  unary,
} from "./protocol.ts";
export { type GrpcCode, GrpcRefusal, type GrpcStatus, grpcCodes, httpStatusOf } from "./status.ts";
