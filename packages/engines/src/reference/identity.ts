// The reference model `identity`: OUTPUT0 is INPUT0, of any datatype and shape. It copies nothing.
import type { InferenceRequest, InferenceResponse, TensorMetadata } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import type { ModelDefinition } from "../model-definition.ts";
import { referenceMetadata } from "./reference-metadata.ts";

const defaultInput: TensorMetadata = { name: "INPUT0", datatype: "FP32", shape: [-1] };

const timings = { computeInput: 0, computeInfer: 0, computeOutput: 0 };

/**
 * Runs on the caller's thread. The definition may declare the datatype and shape of `INPUT0`; the model itself knows no largest
 * batch. Throws `EngineLoadError` where the definition declares other tensors.
 */
export function identityRunner(definition: ModelDefinition): BatchRunner {
  const { name, version, instances } = definition;
  const input = { ...(definition.inputs[0] ?? defaultInput), name: "INPUT0" };
  const output = { ...input, name: "OUTPUT0" };
  const own = { maxBatchSize: Number.POSITIVE_INFINITY, inputs: [input], outputs: [output] };
  const metadata = referenceMetadata(definition, own);
  const model = { name, version };
  const answer = ({ id, inputs }: InferenceRequest): InferenceResponse => {
    const outputs = inputs.map(({ datatype, shape, bytes }) => ({ name: "OUTPUT0", datatype, shape, bytes }));
    return id === undefined ? { model, outputs, timings } : { model, id, outputs, timings };
  };
  return {
    concurrency: instances,
    metadata: () => metadata,
    run: async (batch) => batch.map(answer),
    [Symbol.asyncDispose]: async () => {},
  };
}
