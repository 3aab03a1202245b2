// TorchServe's inference, management and metrics APIs: protocols for a server, rows for a client.

export { answeringFields } from "./answering-fields.ts";
export { type ArchiveParts, type FoundArchive, findArchive } from "./archives.ts";
export type { AuthorizeParts, TokenKind } from "./authorize.ts";
export type { ChangeParts } from "./change-answers.ts";
export type { ChangeResult } from "./change-codec.ts";
export type {
  DescribeModelArguments,
  InvokeArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  ModelReady,
  Ping,
  PredictArguments,
  PredictResult,
  PredictStream,
  ServerMetadata,
  ServingDescription,
  WorkerDescription,
} from "./documents.ts";
export { toErrorDocument } from "./errors.ts";
export { fetchRefusal, urlNotAllowed } from "./fetch-refusal.ts";
export type { Field } from "./fields.ts";
export { fieldsRequest, fieldsResult } from "./handler-prediction.ts";
export { type InferenceListenerParts, torchserveInference } from "./inference-protocol.ts";
export type { CorsHeaders, TorchserveParts } from "./listener.ts";
export type { ManagementParts } from "./management-answers.ts";
export { type RegisterArguments, type ScaleArguments, torchserveChangeRoutes } from "./management-changes.ts";
export { type ManagementListenerParts, torchserveManagement } from "./management-protocol.ts";
export { torchserveManagementRoutes, torchserveMetricsRoutes } from "./management-routes.ts";
export { type MetricsParts, torchserveMetrics } from "./metrics-protocol.ts";
export { type ErrorDocument, TorchserveRefusal } from "./refusal.ts";
export { torchserveInferenceRoutes } from "./routes.ts";
export { type TokenArguments, type TokenParts, tokenRoute } from "./token-route.ts";
export {
  type RegisterWorkflowArguments,
  torchserveWorkflowRoutes,
  type WorkflowChanges,
  type WorkflowDescription,
  type WorkflowEntry,
  type WorkflowParts,
  type WorkflowPredictArguments,
  type WorkflowRequest,
  type WorkflowService,
} from "./workflows/index.ts";
