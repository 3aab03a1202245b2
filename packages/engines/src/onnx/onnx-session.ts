// One ONNX model in onnxruntime, in the words of the house. Loading and running block the thread.
import { type ExecutionTimings, InferenceError, type Tensor, type TensorMetadata } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { InferenceSession, type Tensor as OnnxTensor } from "onnxruntime-node";
import { EngineLoadError } from "../engine-error.ts";
import type { WorkerParts } from "../hosting/worker-engine.ts";
import type { OnnxOptions } from "../model-definition.ts";
import { toDatatype, unsupportedTypeIn } from "./element-type.ts";
import { failureReason } from "./failure-reason.ts";
import type { OnnxSource } from "./onnx-source.ts";
import { fromOnnxTensor, toOnnxTensor } from "./onnx-tensor.ts";

/** Each output has a buffer of its own, which is the caller's. */
export interface OnnxResult {
  readonly outputs: readonly Tensor[];
  readonly timings: ExecutionTimings;
}

export interface OnnxSession {
  /** Symbolic dimensions are -1. */
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** Computes the outputs named, or all. Throws `InferenceError`. */
  run(inputs: readonly Tensor[], outputs: readonly string[] | null): Promise<OnnxResult>;
  /** Frees the model. */
  close(): Promise<void>;
}

/** Throws `EngineLoadError`: `load-failed` with onnxruntime's reason, or `unsupported-type`. */
export async function openOnnxSession(
  source: OnnxSource,
  options: OnnxOptions,
  { model, now, native }: Omit<WorkerParts, "metric">,
): Promise<OnnxSession> {
  const session = await native(() => createSession(model, source, options));
  return {
    inputs: session.inputMetadata.map((value) => tensorMetadata(model, value)),
    outputs: session.outputMetadata.map((value) => tensorMetadata(model, value)),
    async run(inputs, outputs) {
      const start = now();
      const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, toOnnxTensor(tensor)]));
      const fed = now();
      const names = outputs ?? session.outputNames;
      const results = await native(() => runSession(model, session, feeds, names));
      const ran = now();
      // By name: an object would put names that look like numbers first.
      const tensors = names.map((name) => fromOnnxTensor(name, results[name] as OnnxTensor));
      const timings = {
        computeInput: nanoseconds(fed - start),
        computeInfer: nanoseconds(ran - fed),
        computeOutput: nanoseconds(now() - ran),
      };
      return { outputs: tensors, timings };
    },
    close: () => native(() => session.release()),
  };
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

async function createSession(model: string, source: OnnxSource, options: OnnxOptions): Promise<InferenceSession> {
  const settings = sessionOptions(options);
  try {
    if (source.kind === "path") return await InferenceSession.create(source.path, settings);
    const externalData = source.external.map(({ location, bytes }) => ({ path: location, data: bytes }));
    return await InferenceSession.create(source.bytes, { ...settings, externalData });
  } catch (error) {
    const reason = reasonOf(error);
    const type = unsupportedTypeIn(reason);
    if (type !== null) throw new EngineLoadError("unsupported-type", { model, tensor: null, found: type });
    throw new EngineLoadError("load-failed", { model, reason }, error);
  }
}

async function runSession(
  model: string,
  session: InferenceSession,
  feeds: Readonly<Record<string, OnnxTensor>>,
  names: readonly string[],
): Promise<InferenceSession.ReturnType> {
  try {
    return await session.run(feeds, names);
  } catch (error) {
    throw new InferenceError("engine-failed", { model, reason: failureReason(error) });
  }
}

function tensorMetadata(model: string, value: InferenceSession.ValueMetadata): TensorMetadata {
  const datatype = value.isTensor ? toDatatype(value.type) : null;
  if (!value.isTensor || datatype === null) {
    const found = value.isTensor ? value.type : "sequence, map or optional";
    throw new EngineLoadError("unsupported-type", { model, tensor: value.name, found });
  }
  const shape = value.shape.map((size) => (typeof size === "number" ? size : -1));
  return { name: value.name, datatype, shape };
}

function sessionOptions(options: OnnxOptions): InferenceSession.SessionOptions {
  const { intraOpThreads, interOpThreads, executionMode, graphOptimization } = options;
  return {
    ...(intraOpThreads !== null && { intraOpNumThreads: intraOpThreads }),
    ...(interOpThreads !== null && { interOpNumThreads: interOpThreads }),
    executionMode,
    graphOptimizationLevel: graphOptimization,
    // Every failure is thrown, so onnxruntime need not also write it to standard error.
    logSeverityLevel: 4,
  };
}
