// The mesh's protocol between frontends and backends, beside Open Inference on the same listener.
export { type AnswerFrame, type ReadFramesOptions, readFrames } from "./answer-frames.ts";
export { rootHeaders, withRoot } from "./answered-root.ts";
export type { BackendReport, ReportedModel, ServedModel, ServedSettings, ServedWorker } from "./backend-report.ts";
export { readDesiredState, writeDesiredState } from "./documents.ts";
export { type FetchAnswer, maxUrlLength } from "./fetching.ts";
export {
  type BackendModelMetrics,
  bucketBounds,
  type ModelMetricFamily,
  type ModelMetricKind,
  type ModelMetricSeries,
  modelMetricLimits,
} from "./model-metrics.ts";
export { notStartedHeaders, tellingNotStarted, wasNotStarted } from "./not-started.ts";
export { type MeshAnswers, meshProtocol } from "./protocol.ts";
export { meshRoutes } from "./routes.ts";
export { type StreamHandlerParts, type StreamRoute, streamHandler, streamRoute } from "./stream-route.ts";
export { readRefusal, tellingErrors } from "./typed-refusal.ts";
export { readDesiredWorkflows } from "./workflow-shapes.ts";
