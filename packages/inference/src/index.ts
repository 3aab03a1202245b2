// The house language: tensors, models, requests, responses, errors, and the inference service.
export { byteStringCount, decodeByteStrings, encodeByteStrings } from "./byte-strings.ts";
export { type Datatype, datatypes, elementSize, type FixedDatatype, isDatatype } from "./datatype.ts";
export type { DesiredModel, DesiredSettings, DesiredState, ModelSource } from "./desired-state.ts";
export {
  type AnyInferenceError,
  InferenceError,
  type InferenceErrorCode,
  type InferenceErrorFacts,
  isInferenceError,
  toInferenceError,
} from "./error.ts";
export { everyModelServes } from "./every-model-serves.ts";
export type { LoadOverrides, ManagementOptions, ManagementService, ModelOverrides } from "./management.ts";
export type { ExecutionTimings, InferenceRequest, InferenceResponse, RequestedOutput } from "./message.ts";
export type { ModelKind, ModelMetadata, ModelSpec, ModelStatus, TensorMetadata } from "./model.ts";
export {
  type AnyFetchError,
  FetchError,
  type FetchErrorCode,
  type FetchErrorFacts,
  type FetchedEntry,
  isFetchError,
  type ModelFetcher,
  type PinnedEntry,
} from "./model-fetching.ts";
export { isModelName } from "./model-name.ts";
export type { ModelState } from "./model-state.ts";
export {
  contentTypeParameter,
  headerPrefix,
  headersToParameters,
  type Parameters,
  type ParameterValue,
  parametersToHeaders,
  reasonParameter,
  statusParameter,
  streamNextParameter,
} from "./parameters.ts";
export { defaultSequenceHeaders, type SequenceHeaders } from "./sequence-headers.ts";
export type { InferenceService } from "./service.ts";
export { elementCount, maxRank, type Shape, shapeFits } from "./shape.ts";
export type { StoredFault, StoredVersion } from "./stored-version.ts";
export { checkedTensor, type Tensor } from "./tensor.ts";
export { bytesOf, type TypedValues, typedValues } from "./typed-values.ts";
export {
  type DesiredWorkflow,
  functionHandler,
  functionVersion,
  nodeModel,
  type StoredWorkflow,
  type WorkflowFault,
  type WorkflowGraphFault,
  type WorkflowNode,
  type WorkflowSettings,
  type WorkflowSpec,
} from "./workflow.ts";
