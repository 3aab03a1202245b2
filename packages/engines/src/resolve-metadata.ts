// What a model takes and gives: the model's own signature brought together with what its configuration declares.
import { type Shape, shapeFits, type TensorMetadata } from "@sealserve/inference";
import { EngineLoadError } from "./engine-error.ts";
import type { ModelDefinition } from "./model-definition.ts";

/** The part of a definition that declares tensors, without a batch dimension. */
export type DeclaredTensors = Pick<ModelDefinition, "layout" | "maxBatchSize" | "inputs" | "outputs">;

/** The model's own inputs and outputs, all dimensions included; -1 takes any size. */
export interface ModelSignature {
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface ResolvedMetadata extends ModelSignature {
  readonly maxBatchSize: number;
}

/**
 * Fixes the largest batch, checks every declared tensor against the model's and completes what is not declared.
 * Throws `EngineLoadError`: `unknown-tensor`, `datatype-mismatch`, `shape-mismatch`.
 */
export function resolveMetadata(model: string, signature: ModelSignature, declared: DeclaredTensors): ResolvedMetadata {
  const maxBatchSize = declared.maxBatchSize ?? ownBatchSize(signature, declared);
  const resolve = (found: readonly TensorMetadata[], wanted: readonly TensorMetadata[]): TensorMetadata[] => {
    for (const { name } of wanted) {
      if (found.some((tensor) => tensor.name === name)) continue;
      throw new EngineLoadError("unknown-tensor", {
        model,
        tensor: name,
        expected: found.map((tensor) => tensor.name),
      });
    }
    return found.map((tensor) => {
      const config = wanted.find(({ name }) => name === tensor.name);
      return resolveTensor(model, tensor, config, maxBatchSize > 0);
    });
  };
  return {
    maxBatchSize,
    inputs: resolve(signature.inputs, declared.inputs),
    outputs: resolve(signature.outputs, declared.outputs),
  };
}

/**
 * A batch dimension exists iff the first dimension of every input and output is symbolic. Triton's rule for a configuration that
 * does not say how large a batch may be is 4 (auto-complete, `default-max-batch-size`); other layouts know no limit.
 */
function ownBatchSize({ inputs, outputs }: ModelSignature, declared: DeclaredTensors): number {
  const symbolic = [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
  if (!symbolic || declaresAllDimensions(inputs, declared.inputs)) return 0;
  return declared.layout === "triton-repository" ? 4 : Number.POSITIVE_INFINITY;
}

/** Whether a configuration declares as many dimensions as the model has, and so leaves none for the batch. */
function declaresAllDimensions(found: readonly TensorMetadata[], declared: readonly TensorMetadata[]): boolean {
  return declared.some(({ name, shape }) =>
    found.some((tensor) => tensor.name === name && tensor.shape.length === shape.length),
  );
}

function resolveTensor(
  model: string,
  found: TensorMetadata,
  config: TensorMetadata | undefined,
  batched: boolean,
): TensorMetadata {
  const { name, datatype } = found;
  if (config && config.datatype !== datatype) {
    throw new EngineLoadError("datatype-mismatch", { model, tensor: name, expected: config.datatype, found: datatype });
  }
  const [, ...row] = found.shape;
  const own = config?.shape ?? (batched ? row : found.shape);
  const expected = batched ? [-1, ...own] : own;
  // onnxruntime says [] for a shape that the model leaves open, as for a scalar: then the configuration knows better.
  if (config && found.shape.length === 0) return { name, datatype, shape: expected };
  if (!agree(expected, found.shape) || (batched && found.shape[0] !== -1)) {
    throw new EngineLoadError("shape-mismatch", { model, tensor: name, expected, found: found.shape });
  }
  return { name, datatype, shape: narrower(expected, found.shape) };
}

/** Whether some tensor has both shapes. */
function agree(a: Shape, b: Shape): boolean {
  return shapeFits(
    a,
    b.map((size, i) => (size === -1 ? (a[i] ?? -1) : size)),
  );
}

/** The size of each dimension where either knows it. */
function narrower(a: Shape, b: Shape): number[] {
  return a.map((size, i) => (size === -1 ? (b[i] ?? -1) : size));
}
