// Many requests as one: their inputs put together along the first dimension.
import type { InferenceRequest, Tensor } from "@sealserve/inference";
import { rowsOf } from "./request-rows.ts";

/**
 * The inputs of all `requests` as one set, in the order of the first request. Each input gets an `ArrayBuffer` of its own that
 * its bytes fill from the start, also for a single request: it is aligned, and may be transferred. The requests have the same
 * input names, datatypes and shapes but for the first dimension, as a `BatchRunner` is promised, and there is at least one.
 */
export function concatenateRows(requests: readonly InferenceRequest[]): Tensor[] {
  const rows = requests.reduce((sum, request) => sum + rowsOf(request), 0);
  const first = requests[0]?.inputs ?? [];
  return first.map((input, position) => {
    const parts = requests.map(({ inputs }) => inputNamed(inputs, input.name, position).bytes);
    const [, ...row] = input.shape;
    return { name: input.name, datatype: input.datatype, shape: [rows, ...row], bytes: freshBytes(parts) };
  });
}

function inputNamed(inputs: readonly Tensor[], name: string, position: number): Tensor {
  const input = inputs[position]?.name === name ? inputs[position] : inputs.find((other) => other.name === name);
  if (input === undefined) throw new TypeError(`requests of one batch differ: one has no input '${name}'`);
  return input;
}

function freshBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
