// Tensors into onnxruntime and back, as views wherever the bytes allow it.
import {
  bytesOf,
  decodeByteStrings,
  encodeByteStrings,
  InferenceError,
  type Tensor,
  typedValues,
} from "@sealserve/inference";
import { strictTextOf, utf8 } from "@sealserve/primitives";
import { Tensor as OnnxTensor } from "onnxruntime-node";
import { toDatatype, toElementType } from "./element-type.ts";

/**
 * A view on the bytes of `tensor`; a copy where they are not aligned, or are BYTES. Elements of BYTES must be text: throws
 * `invalid-value` for ill-formed UTF-8, and for a NUL, at which onnxruntime's JavaScript interface would cut the text off.
 */
export function toOnnxTensor(tensor: Tensor): OnnxTensor {
  const { name, datatype, shape, bytes } = tensor;
  if (datatype === "BYTES") return new OnnxTensor("string", textsOf(name, bytes), shape);
  if (datatype === "FP16") return halfTensor(tensor);
  const type = toElementType(datatype);
  if (type === null) throw new InferenceError("unsupported", { what: `${datatype} in ONNX models` });
  // The pair of type and array is right by construction; the overloads of `Tensor` cannot see that.
  return new OnnxTensor(type as "float32", typedValues(datatype, bytes) as Float32Array, shape);
}

/**
 * onnxruntime's native code reads FP16 from a Uint16Array only, while its `Tensor` makes a Float16Array of one (version 1.30 on
 * Node 24: "not enough space: expected 8, got 0"). So the tensor is made of 16-bit words and then named what it is.
 */
function halfTensor({ shape, bytes }: Tensor): OnnxTensor {
  const words = new OnnxTensor("uint16", typedValues("FP16", bytes) as Uint16Array, shape);
  return Object.defineProperty(words, "type", { value: "float16" });
}

function textsOf(tensor: string, bytes: Uint8Array): string[] {
  return decodeByteStrings(tensor, bytes).map((element, i) => {
    if (element.includes(0)) throw invalidText(tensor, `a NUL in element ${i}`);
    try {
      return strictTextOf(element);
    } catch (error) {
      throw invalidText(tensor, `ill-formed bytes in element ${i}`, error);
    }
  });
}

function invalidText(tensor: string, found: string, cause?: unknown): InferenceError {
  return new InferenceError("invalid-value", { tensor, expected: "UTF-8 text without NUL", found }, cause);
}

/** A view on the values of `tensor`, whose buffer nobody else holds; BYTES in a buffer of their own. */
export function fromOnnxTensor(name: string, tensor: OnnxTensor): Tensor {
  const shape = tensor.dims;
  if (tensor.type === "string") {
    const texts = tensor.data as string[];
    return { name, datatype: "BYTES", shape, bytes: encodeByteStrings(texts.map(utf8)) };
  }
  const datatype = toDatatype(tensor.type);
  if (datatype === null) throw new InferenceError("unsupported", { what: `element type ${tensor.type}` });
  return { name, datatype, shape, bytes: bytesOf(tensor.data as Float32Array) };
}
