// One answer as many: the outputs of a batch divided among the requests it was made of.
import { elementCount, InferenceError, type InferenceResponse, type Tensor } from "@sealserve/inference";
import { ByteCursor, type Bytes } from "@sealserve/primitives";

/**
 * One response for each entry of `rows`, with that many rows of each output, as views on the outputs of `response`. Parameters
 * and timings are those of the whole; no response has an id. Throws `engine-failed` where an output has not as many rows in
 * its first dimension as `rows` has in all.
 */
export function splitRows(response: InferenceResponse, rows: readonly number[]): InferenceResponse[] {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const { id: _, ...whole } = response;
  const outputs = response.outputs.map((output) => {
    if (output.shape[0] === total) return splitTensor(output, rows);
    const reason = `output '${output.name}' has shape [${output.shape}], but the batch has ${total} rows`;
    throw new InferenceError("engine-failed", { model: response.model.name, reason });
  });
  return rows.map((_, i) => ({ ...whole, outputs: outputs.flatMap((parts) => parts[i] ?? []) }));
}

function splitTensor(tensor: Tensor, rows: readonly number[]): Tensor[] {
  const [total = 0, ...row] = tensor.shape;
  const take = tensor.datatype === "BYTES" ? stringRows(tensor, row) : equalRows(tensor.bytes, total);
  return rows.map((count) => ({ ...tensor, shape: [count, ...row], bytes: take(count) }));
}

type TakeRows = (count: number) => Bytes;

function equalRows(bytes: Bytes, total: number): TakeRows {
  const size = total === 0 ? 0 : bytes.length / total;
  let at = 0;
  return (count) => {
    const start = at;
    at += count * size;
    return bytes.subarray(start, at);
  };
}

/** Rows of byte strings end where their last element does. */
function stringRows({ name, bytes }: Tensor, row: readonly number[]): TakeRows {
  const elements = elementCount(name, row);
  const cursor = new ByteCursor(bytes);
  return (count) => {
    const start = cursor.at;
    for (let i = 0; i < count * elements; i++) cursor.take(cursor.uint32le());
    return bytes.subarray(start, cursor.at);
  };
}
