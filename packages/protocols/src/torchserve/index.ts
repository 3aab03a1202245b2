// TorchServe's inference, management and metrics APIs: protocols for a server, rows for a client.
export type { InferenceParts } from "./answers.ts";
export type { ChangeParts } from "./change-answers.ts";
export type {
  DescribeModelArguments,
  ListModelsArguments,
  ModelDescription,
  ModelList,
  Ping,
  PredictArguments,
  PredictResult,
  ServingDescription,
  WorkerDescription,
} from "./documents.ts";
export type { ErrorDocument } from "./errors.ts";
export type { Field } from "./fields.ts";
export type { ManagementParts } from "./management-answers.ts";
export {
  type ChangeResult,
  type RegisterArguments,
  type ScaleArguments,
  torchserveChangeRoutes,
} from "./management-changes.ts";
export { torchserveManagementRoutes, torchserveMetricsRoutes } from "./management-routes.ts";
export {
  type MetricsParts,
  type TorchserveParts,
  torchserveInference,
  torchserveManagement,
  torchserveMetrics,
} from "./protocol.ts";
export { torchserveInferenceRoutes } from "./routes.ts";
