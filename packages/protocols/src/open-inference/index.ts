// The door of the Open Inference Protocol v2 with Triton's extensions: the protocol for servers, the table for clients.
export type { OpenInferenceParts } from "./answers.ts";
export { readError } from "./error-reader.ts";
export {
  type BinaryOutputs,
  binaryArguments,
  type InferArguments,
  type RawArguments,
  type TensorArguments,
} from "./infer-arguments.ts";
export type { InputForm } from "./infer-request-writer.ts";
export type { ModelDescription, ServerMetadata } from "./metadata-codec.ts";
export { openInference } from "./protocol.ts";
export type { IndexArguments, IndexEntry, RepositoryState } from "./repository-codec.ts";
export {
  type OpenInferenceRouteOptions,
  type OpenInferenceRouteParts,
  type OpenInferenceRoutes,
  openInferenceRoutes,
} from "./routes.ts";
