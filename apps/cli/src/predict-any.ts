// One prediction of whichever model a server has, with zeros for inputs: to see that it answers.
import {
  checkedTensor,
  elementSize,
  encodeByteStrings,
  type InferenceResponse,
  type InferenceService,
  isInferenceError,
  type ModelMetadata,
  type Tensor,
  type TensorMetadata,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { AnyModelError } from "./any-model-error.ts";

export interface AnyAnswer {
  readonly model: string;
  readonly version: string;
  readonly response: InferenceResponse;
}

type Asks = Pick<InferenceService, "list" | "metadata" | "infer">;

/** Sizes for dimensions that a model leaves open: some need more than one. */
const sizes = [1, 64];

/**
 * The first model by name that is available and takes tensors. Throws `AnyModelError` where there is none, and the `InferenceError` of a
 * model that takes no zeros.
 */
export async function predictAny(service: Asks, signal: AbortSignal): Promise<AnyAnswer> {
  const available = (await service.list()).filter(({ state }) => state === "available");
  for (const { name, version } of available) {
    const metadata = await service.metadata({ name, version });
    if (metadata.kind === "tensors") return { model: name, version, response: await ask(service, metadata, signal) };
  }
  const names = [...new Set(available.map(({ name }) => name))];
  if (names.length === 0) throw new AnyModelError("no-model", {});
  throw new AnyModelError("only-handlers", { models: names });
}

async function ask(
  service: Asks,
  { name, version, inputs }: ModelMetadata,
  signal: AbortSignal,
): Promise<InferenceResponse> {
  for (const size of sizes) {
    try {
      const zeros = inputs.map((input) => zeroTensor(input, size));
      return await service.infer({ model: { name, version }, inputs: zeros, outputs: [] }, signal);
    } catch (error) {
      const canGrow = size !== sizes.at(-1) && inputs.some(({ shape }) => shape.slice(1).includes(-1));
      if (!isInferenceError(error) || error.code === "unreachable" || !canGrow) throw error;
    }
  }
  throw new RangeError("a model was asked with no size at all");
}

/** The batch is one; other open dimensions have the size. Text is empty. */
function zeroTensor({ name, datatype, shape: declared }: TensorMetadata, size: number): Tensor {
  const shape = declared.map((each, i) => (each === -1 ? (i === 0 ? 1 : size) : each));
  const count = shape.reduce((product, each) => product * each, 1);
  const bytes =
    datatype === "BYTES"
      ? encodeByteStrings(Array.from({ length: count }, () => utf8("")))
      : new Uint8Array(count * elementSize(datatype));
  return checkedTensor({ name, datatype, shape, bytes });
}
