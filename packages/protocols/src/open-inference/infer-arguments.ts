// What the infer call carries beside the request itself: in which form the outputs are to come back.
import type { InferenceRequest, ModelSpec } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";

/** Which outputs come back as binary data (Triton, binary tensor data extension). */
export interface BinaryOutputs {
  /** Request parameter `binary_data_output`: holds for outputs that the request does not list. */
  readonly byDefault: boolean;
  /** Listed outputs with parameter `binary_data`. */
  readonly named: ReadonlySet<string>;
}

/** Tensors as JSON or binary data, whatever mixture. */
export interface TensorArguments {
  readonly kind: "tensors";
  readonly request: InferenceRequest;
  readonly binary: BinaryOutputs;
}

/** The body is the only input of the model, without any JSON (Triton, raw binary request). */
export interface RawArguments {
  readonly kind: "raw";
  readonly model: ModelSpec;
  readonly body: Bytes;
}

export type InferArguments = TensorArguments | RawArguments;

/** Arguments that ask for every output as binary data: what a client wants that can read it. */
export function binaryArguments(request: InferenceRequest): TensorArguments {
  const named = new Set(request.outputs?.map((output) => output.name));
  return { kind: "tensors", request, binary: { byDefault: true, named } };
}

/** Whether the output of this name comes back as binary data. */
export function isBinaryOutput(args: InferArguments, output: string): boolean {
  if (args.kind === "raw" || args.binary.named.has(output)) return true;
  return args.binary.byDefault && !args.request.outputs?.some((listed) => listed.name === output);
}
