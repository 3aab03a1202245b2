// The elements of a tensor as JSON: a flat array, or lists nested by the shape.
import { InferenceError, type Tensor, typedValues } from "@sealserve/inference";
import { ByteCursor, type Bytes, strictTextOf } from "@sealserve/primitives";
import type { JsonWriter } from "./json-writer.ts";
import type { Paced } from "./paced.ts";
import { shortestFloat32 } from "./shortest-float32.ts";

export interface WriteElementsOptions {
  /** `double`: a float32 is widened first, as Triton does; `shortest`: its own shortest digits, as TensorFlow Serving does. */
  readonly floats: "double" | "shortest";
  /** `flat`: one array whatever the shape; `nested`: lists by the shape, a scalar without a list. */
  readonly layout: "flat" | "nested";
  /** Writes an element of a BYTES tensor; left out: a JSON string, and `invalid-value` where it is not UTF-8. */
  readonly writeBytes?: (writer: JsonWriter, element: Bytes) => void;
}

/**
 * Writes all elements of `tensor`, whose bytes fit its shape, as one JSON value.
 * Throws `unsupported` for FP16 and BF16, which no JSON form exists for, and `invalid-value` for bytes that are not text.
 */
export function* writeElements(writer: JsonWriter, tensor: Tensor, options: WriteElementsOptions): Paced<void> {
  const write = elementWriter(writer, tensor, options);
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const shape = options.layout === "nested" ? tensor.shape : [count];
  /** Items that each open list still waits for. */
  const waiting: number[] = [];
  let next = 0;
  do {
    const size = shape[waiting.length];
    if (size === undefined) write(next++);
    else {
      writer.beginArray();
      waiting.push(size);
    }
    while (waiting.at(-1) === 0) {
      writer.endArray();
      waiting.pop();
    }
    const last = waiting.length - 1;
    if (last >= 0) waiting[last] = (waiting[last] ?? 0) - 1;
    if (writer.pauseDue()) yield;
  } while (waiting.length > 0);
}

/** What writes element `i`, called for each in order. */
function elementWriter(writer: JsonWriter, tensor: Tensor, options: WriteElementsOptions): (i: number) => void {
  const { datatype, name } = tensor;
  switch (datatype) {
    case "FP16":
    case "BF16":
      throw new InferenceError("unsupported", { what: `${datatype} in JSON` });
    case "BYTES": {
      const cursor = new ByteCursor(tensor.bytes);
      const writeBytes = options.writeBytes ?? ((_, element) => writeText(writer, name, element));
      return () => writeBytes(writer, cursor.take(cursor.uint32le()));
    }
    case "BOOL":
      return (i) => writer.boolean(tensor.bytes[i] !== 0);
    case "FP32": {
      const values = typedValues(datatype, tensor.bytes);
      if (options.floats === "double") return (i) => writer.float(Number(values[i]));
      return (i) => writer.float(shortestFloat32(Number(values[i])));
    }
    case "FP64": {
      const values = typedValues(datatype, tensor.bytes);
      return (i) => writer.float(Number(values[i]));
    }
    default: {
      const values = typedValues(datatype, tensor.bytes);
      return (i) => writer.number(values[i] ?? 0);
    }
  }
}

function writeText(writer: JsonWriter, tensor: string, element: Bytes): void {
  let text: string;
  try {
    text = strictTextOf(element);
  } catch (error) {
    const facts = { tensor, expected: "UTF-8 for a JSON string", found: "other bytes" };
    throw new InferenceError("invalid-value", facts, error);
  }
  writer.string(text);
}
