// The door for who writes a handler: `@sealserve/engines/handler`.
export { type Awaitable, BaseHandler, type Handler } from "./base-handler.ts";
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
export { PredictionError } from "./prediction-error.ts";
