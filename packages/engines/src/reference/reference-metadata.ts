// The metadata of a reference model: its own tensors, checked against what a definition declares.
import type { ModelMetadata, TensorMetadata } from "@sealserve/inference";
import type { ModelDefinition } from "../model-definition.ts";
import { resolveMetadata } from "../resolve-metadata.ts";

/** The model's own tensors, without a batch dimension, and its largest batch. */
export interface ReferenceTensors {
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** Throws `EngineLoadError` where the definition declares other tensors. */
export function referenceMetadata(definition: ModelDefinition, own: ReferenceTensors): ModelMetadata {
  const { name, version, platform } = definition;
  const maxBatchSize = definition.maxBatchSize ?? own.maxBatchSize;
  const whole = (tensor: TensorMetadata): TensorMetadata =>
    maxBatchSize > 0 ? { ...tensor, shape: [-1, ...tensor.shape] } : tensor;
  const signature = { inputs: own.inputs.map(whole), outputs: own.outputs.map(whole) };
  return {
    name,
    version,
    versions: [version],
    platform: platform ?? "sealserve_reference",
    kind: "tensors",
    ...resolveMetadata(name, signature, { ...definition, maxBatchSize }),
  };
}
