// The reference model `add_sub`, Triton's `simple`: OUTPUT0 = INPUT0 + INPUT1, OUTPUT1 = INPUT0 - INPUT1, INT32[16].
import {
  bytesOf,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type Tensor,
  type TensorMetadata,
  typedValues,
} from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import type { ModelDefinition } from "../model-definition.ts";
import { type ReferenceTensors, referenceMetadata } from "./reference-metadata.ts";

const tensor = (name: string): TensorMetadata => ({ name, datatype: "INT32", shape: [16] });

/** As in Triton's `simple`, the largest batch too. */
const own: ReferenceTensors = {
  maxBatchSize: 8,
  inputs: [tensor("INPUT0"), tensor("INPUT1")],
  outputs: [tensor("OUTPUT0"), tensor("OUTPUT1")],
};

/**
 * Runs on the caller's thread; results wrap around as 32-bit integers do. `now` is a clock in milliseconds. Throws
 * `EngineLoadError` where the definition declares other tensors.
 */
export function addSubRunner(definition: ModelDefinition, now: () => number): BatchRunner {
  const { name, version, instances } = definition;
  const metadata = referenceMetadata(definition, own);
  const answer = (request: InferenceRequest): InferenceResponse => {
    const start = now();
    const a = valuesOf(name, request, "INPUT0");
    const b = valuesOf(name, request, "INPUT1");
    const shape = request.inputs[0]?.shape ?? [];
    const output = (index: number, combine: (x: number, y: number) => number): Tensor => {
      const values = a.map((x, i) => combine(x, b[i] ?? 0));
      return { name: `OUTPUT${index}`, datatype: "INT32", shape, bytes: bytesOf(values) };
    };
    const computed = [output(0, (x, y) => x + y), output(1, (x, y) => x - y)];
    const timings = { computeInput: 0, computeInfer: Math.round((now() - start) * 1e6), computeOutput: 0 };
    const { id } = request;
    return { model: { name, version }, ...(id !== undefined && { id }), outputs: computed, timings };
  };
  return {
    concurrency: instances,
    metadata: () => metadata,
    run: async (batch) => batch.map(answer),
    [Symbol.asyncDispose]: async () => {},
  };
}

function valuesOf(model: string, request: InferenceRequest, input: string): Int32Array {
  const found = request.inputs.find(({ name }) => name === input);
  if (!found) {
    const names = request.inputs.map(({ name }) => name);
    throw new InferenceError("missing-input", {
      model,
      missing: [input],
      expected: ["INPUT0", "INPUT1"],
      found: names,
    });
  }
  return typedValues("INT32", found.bytes) as Int32Array;
}
