// TorchServe's inference and management APIs over gRPC: protocols for a listener, descriptions for a client.
export {
  InferenceAPIsService,
  type PredictionResponseSchema,
  type PredictionsRequest,
} from "../../generated/torchserve/inference_pb.ts";
export { ManagementAPIsService } from "../../generated/torchserve/management_pb.ts";
export { GRPCInferenceService } from "../../generated/torchserve/open_inference_pb.ts";
export { type GrpcInferenceParts, torchserveGrpcInference } from "./inference-protocol.ts";
export { type GrpcManagementParts, torchserveGrpcManagement } from "./management-protocol.ts";
