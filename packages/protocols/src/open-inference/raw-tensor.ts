// The one input of a model from a body without JSON: name, datatype and shape come from the model (Triton, raw binary request).
import { elementSize, encodeByteStrings, InferenceError, type ModelMetadata, type Tensor } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";

/**
 * A batch of one where the model has batches. Throws `malformed` where the model has not exactly one input, where more than
 * one dimension is free, or where the bytes are no whole number of elements.
 */
export function rawTensor(metadata: ModelMetadata, body: Bytes): Tensor {
  const [input, ...others] = metadata.inputs;
  if (!input || others.length > 0) {
    throw malformed(
      "Raw request must only have 1 input (found 1) to be deduced but got " +
        `${metadata.inputs.length} inputs in '${metadata.name}' model configuration`,
    );
  }
  const { name, datatype } = input;
  const shape = metadata.maxBatchSize > 0 ? [1, ...input.shape.slice(1)] : [...input.shape];
  if (datatype === "BYTES") {
    if (shape.some((size) => Math.abs(size) !== 1)) {
      throw malformed(`For BYTE datatype raw input '${name}', the model must have input shape [1]`);
    }
    return { name, datatype, shape: shape.map(() => 1), bytes: encodeByteStrings([body]) };
  }
  const free = shape.indexOf(-1);
  if (free !== shape.lastIndexOf(-1)) {
    throw malformed(
      `The shape of the raw input '${name}' can not be deduced because there are more than one variable-sized dimension`,
    );
  }
  if (free >= 0) {
    const rest = shape.reduce((bytes, size) => (size === -1 ? bytes : bytes * size), elementSize(datatype));
    const size = body.length / rest;
    if (!Number.isSafeInteger(size)) {
      throw malformed(`The shape of the raw input '${name}' can not be deduced: ${body.length} bytes do not fill it`);
    }
    shape[free] = size;
  }
  return { name, datatype, shape, bytes: body };
}

function malformed(problem: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem });
}
