// What every suite asks of an answer, whoever gave it.
import assert from "node:assert/strict";
import {
  checkedTensor,
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
  shapeFits,
  type Tensor,
} from "@sealserve/inference";

/** The answer is the model's own, and its outputs are what the metadata promises. */
export function assertFits(response: InferenceResponse, metadata: ModelMetadata): void {
  assert.deepEqual(response.model, { name: metadata.name, version: metadata.version });
  assert.ok(response.outputs.length > 0, "an answer has outputs");
  for (const output of response.outputs) {
    checkedTensor(output);
    const promised = metadata.outputs.find(({ name }) => name === output.name);
    if (metadata.kind === "fields" && promised === undefined) continue;
    assert.ok(promised, `output '${output.name}' is in the metadata`);
    assert.equal(output.datatype, promised.datatype, output.name);
    assert.ok(shapeFits(promised.shape, output.shape), `[${output.shape}] fits [${promised.shape}]`);
  }
}

/** Both answers hold the same outputs, byte for byte. */
export function assertSameOutputs(found: InferenceResponse, expected: InferenceResponse): void {
  assert.deepEqual(found.outputs.map(plain), expected.outputs.map(plain));
}

/** A copy of the bytes of all inputs: to see later that nobody wrote to them or took them away. */
export function inputBytes(requests: readonly InferenceRequest[]): Uint8Array[] {
  return requests.flatMap(({ inputs }) => inputs.map(({ bytes }) => Uint8Array.from(bytes)));
}

function plain({ name, datatype, shape, bytes }: Tensor): object {
  return { name, datatype, shape: [...shape], bytes: Uint8Array.from(bytes) };
}
