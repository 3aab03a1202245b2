// The session of a built-in handler's model, and the tensors it is asked about.
import type { HandlerSession, HandlerTensor, ModelContext, NamedTensors } from "../handler-context.ts";

/** Throws where the archive has no ONNX model. */
export function sessionOf({ session }: ModelContext): HandlerSession {
  if (!session)
    throw new TypeError("a built-in handler needs an ONNX model: pack it with --serialized-file model.onnx");
  return session;
}

/** FP32 values of an output, by name or the first. Throws where the model has no such output. */
export function floatsOf(results: NamedTensors, name: string): { shape: readonly number[]; data: Float32Array } {
  const tensor = results[name];
  if (!(tensor?.data instanceof Float32Array)) {
    throw new TypeError(`the model must give '${name}' as FP32, but gives ${tensor?.datatype ?? "nothing"}`);
  }
  return { shape: tensor.shape, data: tensor.data };
}

/** Any numbers of an output, as plain numbers. */
export function numbersOf(tensor: HandlerTensor | undefined, name: string): number[] {
  if (!tensor || !ArrayBuffer.isView(tensor.data)) throw new TypeError(`the model must give numbers as '${name}'`);
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
