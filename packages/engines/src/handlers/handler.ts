// The door for who writes a handler: `@sealserve/engines/handler`.
export {
  type Awaitable,
  BaseHandler,
  type Handler,
  type HandlerAnswer,
  type HandlerParts,
  type HandlerResults,
} from "./base-handler.ts";
export type {
  HandlerContext,
  HandlerField,
  HandlerFiles,
  HandlerRow,
  HandlerSession,
  HandlerTensor,
  ModelContext,
  NamedTensors,
} from "./handler-context.ts";
export type { GaugeOptions, HandlerMetrics, MetricOptions } from "./handler-metrics.ts";
export { PredictionError } from "./prediction-error.ts";
