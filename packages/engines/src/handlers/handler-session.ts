// The model of an archive as handlers call it: typed values by name in place of bytes.
import {
  bytesOf,
  checkedTensor,
  decodeByteStrings,
  encodeByteStrings,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import type { OnnxSession } from "../onnx/onnx-session.ts";
import type { HandlerSession, HandlerTensor } from "./handler-context.ts";

export function handlerSession({ inputs, outputs, run }: OnnxSession): HandlerSession {
  return {
    inputs,
    outputs,
    run: async (feeds, names) => {
      const tensors = Object.entries(feeds).map(([name, value]) => toTensor(name, value));
      const result = await run(tensors, names ?? null);
      return Object.fromEntries(result.outputs.map((tensor) => [tensor.name, fromTensor(tensor)]));
    },
  };
}

function toTensor(name: string, { datatype, shape, data }: HandlerTensor): Tensor {
  // Handlers in JavaScript have no compiler that tells them.
  if (ArrayBuffer.isView(data) === (datatype === "BYTES")) {
    const expected = datatype === "BYTES" ? "a list of texts" : "a typed array";
    throw new TypeError(`tensor '${name}': the data of ${datatype} is ${expected}`);
  }
  const bytes = ArrayBuffer.isView(data) ? bytesOf(data) : encodeByteStrings(data.map(utf8));
  return checkedTensor({ name, datatype, shape, bytes });
}

function fromTensor({ name, datatype, shape, bytes }: Tensor): HandlerTensor {
  const data = datatype === "BYTES" ? decodeByteStrings(name, bytes).map(textOf) : typedValues(datatype, bytes);
  return { datatype, shape, data };
}
