// What the house knows of a model and its versions, as TensorFlow Serving's documents say it.
import type { ModelMetadata, ModelStatus, TensorMetadata } from "@sealserve/inference";
import { defaultSignature } from "../json-tensors/index.ts";
import { enumName } from "./datatype-names.ts";
import type { ModelMetadataDocument, ModelVersionStatus, TensorInfo } from "./documents.ts";
import { printedVersion } from "./version-text.ts";

const states = {
  start: "START",
  loading: "LOADING",
  available: "AVAILABLE",
  unloading: "UNLOADING",
  end: "END",
} as const;

/** A failed load stays visible as the state END with its reason (`get_model_status.proto`). */
export function toVersionStatus({ version, state, reason }: ModelStatus): ModelVersionStatus {
  const code = reason === undefined ? "OK" : state === "end" ? "UNKNOWN" : "UNAVAILABLE";
  return {
    version: printedVersion(version),
    state: states[state],
    status: { error_code: code, error_message: reason ?? "" },
  };
}

/** Every model has one signature; `defaults` is empty because its values are withheld. */
export function toMetadataDocument({ name, version, inputs, outputs }: ModelMetadata): ModelMetadataDocument {
  const signature = {
    inputs: tensorInfos(inputs),
    outputs: tensorInfos(outputs),
    method_name: "tensorflow/serving/predict",
    defaults: {},
  };
  return {
    model_spec: { name, signature_name: "", version: printedVersion(version) },
    metadata: { signature_def: { signature_def: { [defaultSignature]: signature } } },
  };
}

function tensorInfos(tensors: readonly TensorMetadata[]): Readonly<Record<string, TensorInfo>> {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, tensorInfo(tensor)]));
}

function tensorInfo({ name, datatype, shape }: TensorMetadata): TensorInfo {
  const dim = shape.map((size) => ({ size: String(size), name: "" }));
  return { dtype: enumName(datatype), tensor_shape: { dim, unknown_rank: false }, name: `${name}:0` };
}
