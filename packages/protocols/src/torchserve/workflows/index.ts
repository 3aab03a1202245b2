// TorchServe's workflow calls, and the interface of whoever runs workflows.
export { workflowManagement, workflowPrediction } from "./workflow-handlers.ts";
export {
  torchserveWorkflowRoutes,
  type WorkflowList,
  type WorkflowPredictArguments,
} from "./workflow-routes.ts";
export type {
  RegisterWorkflowArguments,
  WorkflowChanges,
  WorkflowDescription,
  WorkflowEntry,
  WorkflowParts,
  WorkflowRequest,
  WorkflowService,
} from "./workflow-service.ts";
