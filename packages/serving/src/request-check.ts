// Holds requests against the metadata of their model, before anything is queued or allocated.
import {
  checkedTensor,
  InferenceError,
  type InferenceRequest,
  type ModelMetadata,
  type Shape,
  shapeFits,
  type Tensor,
  type TensorMetadata,
} from "@sealserve/inference";
import { rowsOf } from "./request-rows.ts";

/** What of a model's metadata its requests are held against, arranged once. */
export class RequestCheck {
  readonly #metadata: ModelMetadata;
  readonly #inputs: ReadonlyMap<string, TensorMetadata>;
  readonly #inputNames: readonly string[];
  readonly #outputNames: readonly string[];

  constructor(metadata: ModelMetadata) {
    this.#metadata = metadata;
    this.#inputs = new Map(metadata.inputs.map((input) => [input.name, input]));
    this.#inputNames = metadata.inputs.map(({ name }) => name);
    this.#outputNames = metadata.outputs.map(({ name }) => name);
  }

  /**
   * The request with its inputs in the model's order. Throws `missing-input`, `unexpected-input`, `datatype-mismatch`,
   * `shape-mismatch`, `batch-too-large`, `unknown-output`, `malformed` for a name that is given twice, and what
   * `checkedTensor` throws.
   */
  checked(request: InferenceRequest): InferenceRequest {
    this.#checkOutputs(request);
    checkDistinct("input", request.inputs);
    const inputs = this.#metadata.kind === "fields" ? request.inputs : this.#inOrder(request.inputs);
    for (const input of inputs) this.#checkInput(input);
    this.#checkRows(inputs);
    return inputs === request.inputs ? request : { ...request, inputs };
  }

  #inOrder(inputs: readonly Tensor[]): readonly Tensor[] {
    const expected = this.#inputNames;
    if (inputs.length === expected.length && inputs.every(({ name }, i) => name === expected[i])) return inputs;
    const model = this.#metadata.name;
    const found = inputs.map(({ name }) => name);
    const missing = expected.filter((name) => !found.includes(name));
    const unexpected = found.find((name) => !this.#inputs.has(name));
    if (unexpected !== undefined && found.length >= expected.length) {
      throw new InferenceError("unexpected-input", { model, input: unexpected, expected, found });
    }
    if (missing.length > 0) throw new InferenceError("missing-input", { model, missing, expected, found });
    return expected.flatMap((name) => inputs.filter((input) => input.name === name));
  }

  #checkInput(input: Tensor): void {
    const model = this.#metadata.name;
    const fields = this.#metadata.kind === "fields";
    const datatype = fields ? "BYTES" : this.#inputs.get(input.name)?.datatype;
    if (datatype !== undefined && datatype !== input.datatype) {
      const facts = { model, input: input.name, expected: datatype, found: input.datatype };
      throw new InferenceError("datatype-mismatch", facts);
    }
    checkedTensor(input);
    const expected = fields ? fieldShape(input.shape) : this.#inputs.get(input.name)?.shape;
    if (expected !== undefined && !shapeFits(expected, input.shape)) throw this.#shapeMismatch(input, expected);
  }

  #checkRows(inputs: readonly Tensor[]): void {
    const { name, maxBatchSize, kind } = this.#metadata;
    const [first] = inputs;
    if (first === undefined || (maxBatchSize === 0 && kind === "tensors")) return;
    const rows = rowsOf({ inputs });
    if (rows === 0) {
      const problem = "has no rows: the batch dimension, its first, must be at least 1";
      throw new InferenceError("invalid-shape", { tensor: first.name, problem });
    }
    for (const input of inputs) {
      if (input.shape[0] !== rows) throw this.#shapeMismatch(input, [rows, ...input.shape.slice(1)]);
    }
    const limit = Math.max(maxBatchSize, 1);
    if (rows > limit) throw new InferenceError("batch-too-large", { model: name, limit, found: rows });
  }

  #checkOutputs({ outputs = [] }: InferenceRequest): void {
    checkDistinct("output", outputs);
    if (this.#metadata.kind === "fields") return;
    const expected = this.#outputNames;
    for (const { name } of outputs) {
      if (!expected.includes(name)) {
        throw new InferenceError("unknown-output", { model: this.#metadata.name, output: name, expected });
      }
    }
  }

  #shapeMismatch(input: Tensor, expected: Shape): InferenceError<"shape-mismatch"> {
    const facts = { model: this.#metadata.name, input: input.name, expected, found: input.shape };
    return new InferenceError("shape-mismatch", facts);
  }
}

/** One element a row, whatever dimensions of size 1 follow. */
function fieldShape(found: Shape): Shape {
  return [-1, ...found.slice(1).map(() => 1)];
}

function checkDistinct(what: "input" | "output", named: readonly { readonly name: string }[]): void {
  if (named.length < 2 || new Set(named.map(({ name }) => name)).size === named.length) return;
  const twice = named.find(({ name }, i) => named.findIndex((other) => other.name === name) !== i);
  throw new InferenceError("malformed", { problem: `${what} '${twice?.name}' is given more than once` });
}
