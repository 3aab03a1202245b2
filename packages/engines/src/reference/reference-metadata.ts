// What the reference models have in common: metadata from a definition, and the batch dimension.
import type { ModelMetadata, TensorMetadata } from "@sealserve/inference";
import type { ModelDefinition } from "../model-definition.ts";

/** `inputs` and `outputs` come without a batch dimension. */
export function referenceMetadata(
  { name, version, platform }: ModelDefinition,
  maxBatchSize: number,
  inputs: readonly TensorMetadata[],
  outputs: readonly TensorMetadata[],
): ModelMetadata {
  const batched = ({ shape, ...tensor }: TensorMetadata): TensorMetadata => ({
    ...tensor,
    shape: maxBatchSize > 0 ? [-1, ...shape] : shape,
  });
  return {
    name,
    version,
    versions: [version],
    platform: platform ?? "sealserve_reference",
    kind: "tensors",
    maxBatchSize,
    inputs: inputs.map(batched),
    outputs: outputs.map(batched),
  };
}
