// TensorFlow Serving's REST API: a protocol for a server, rows for a client.
export type { PredictionParts } from "./answers.ts";
export type {
  ModelMetadataDocument,
  ModelReference,
  ModelVersionStatus,
  PredictArguments,
  PredictResult,
  SignatureDef,
  TensorInfo,
} from "./documents.ts";
export { type TensorflowServingParts, tensorflowServing } from "./protocol.ts";
export { type TensorflowServingRouteParts, type TensorflowServingRoutes, tensorflowServingRoutes } from "./routes.ts";
