// What TensorFlow Serving's REST calls take and answer, under the names that its JSON documents use.
import type { Bytes } from "@sealserve/primitives";
import type { PredictFormat } from "../json-tensors/index.ts";

/** A model by name, at the latest version, or at one by number or (never both) by label. */
export interface ModelReference {
  readonly name: string;
  readonly version?: string;
  readonly label?: string;
}

export interface PredictArguments {
  readonly model: ModelReference;
  /** `serving_default` where the client names none. */
  readonly signatureName: string;
  readonly format: PredictFormat;
  /** JSON text of `instances` or `inputs`; what it means depends on the model. */
  readonly value: Bytes;
}

export interface PredictResult {
  readonly format: PredictFormat;
  /** JSON text of `predictions` or `outputs`. */
  readonly value: Bytes;
}

export interface ModelVersionStatus {
  /** An integer as text, where the version is one. */
  readonly version: string;
  readonly state: "START" | "LOADING" | "AVAILABLE" | "UNLOADING" | "END";
  readonly status: { readonly error_code: string; readonly error_message: string };
}

export interface TensorInfo {
  /** Such as `DT_FLOAT`. */
  readonly dtype: string;
  /** Sizes are integers as text; `-1` stands for any. */
  readonly tensor_shape: {
    readonly dim: readonly { readonly size: string; readonly name: string }[];
    readonly unknown_rank: boolean;
  };
  readonly name: string;
}

export interface SignatureDef {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly method_name: string;
  readonly defaults: Readonly<Record<never, never>>;
}

export interface ModelMetadataDocument {
  readonly model_spec: { readonly name: string; readonly signature_name: string; readonly version: string };
  readonly metadata: {
    readonly signature_def: { readonly signature_def: Readonly<Record<string, SignatureDef>> };
  };
}
