// Warm-up: requests that a fresh engine runs before it counts as loaded.
import {
  type Datatype,
  elementCount,
  elementSize,
  encodeByteStrings,
  type Tensor,
  type TensorMetadata,
} from "@sealserve/inference";
import type { WarmupRequest } from "../model-definition.ts";
import type { WorkerEngine } from "./worker-engine.ts";

/** Runs each request `count` times. Throws what the engine throws, and the error of the first result that failed. */
export async function warmUp(
  engine: WorkerEngine,
  requests: readonly WarmupRequest[],
  random: () => number,
): Promise<void> {
  for (const { inputs, values, count } of requests) {
    const rows = engine.metadata.maxBatchSize > 0 ? (inputs[0]?.shape[0] ?? 1) : 1;
    for (let i = 0; i < count; i++) {
      // The engine owns the buffers of a batch, so each run has its own.
      const tensors = inputs.map((input) => constantTensor(input, values === "zero" ? () => 0 : random));
      const { results } = await engine.run({ inputs: tensors, requests: [{ rows }] }, nobody);
      for (const result of results) if ("error" in result) throw new Error(`warm-up failed: ${result.error.reason}`);
    }
  }
}

function constantTensor({ name, datatype, shape }: TensorMetadata, next: () => number): Tensor {
  const count = elementCount(name, shape);
  if (datatype === "BYTES") {
    return { name, datatype, shape, bytes: encodeByteStrings(Array(count).fill(new Uint8Array())) };
  }
  const bytes = new Uint8Array(count * elementSize(datatype));
  const write = writers[datatype];
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) write?.(view, i, next());
  return { name, datatype, shape, bytes };
}

/** FP32 and FP64 from 0 to 1; all else stays zero: a random index or length could be out of bounds. */
const writers: { readonly [D in Datatype]?: (view: DataView, index: number, value: number) => void } = {
  FP32: (view, index, value) => view.setFloat32(4 * index, value, true),
  FP64: (view, index, value) => view.setFloat64(8 * index, value, true),
};

/** Nobody reads what a model streams while it warms up. */
async function nobody(): Promise<boolean> {
  return true;
}
