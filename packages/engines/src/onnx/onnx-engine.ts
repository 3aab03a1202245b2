// The ONNX engine inside its worker: one session that runs batches.
import type { ExecutionTimings, Tensor } from "@sealserve/inference";
import { splitRows } from "@sealserve/serving";
import type { WireAnswer, WireBatch, WireRequest, WireResult } from "../hosting/wire.ts";
import { toWireError } from "../hosting/wire-error.ts";
import type { WorkerEngine, WorkerParts } from "../hosting/worker-engine.ts";
import type { OnnxOptions } from "../model-definition.ts";
import { type DeclaredTensors, resolveMetadata } from "../resolve-metadata.ts";
import { type OnnxSession, openOnnxSession } from "./onnx-session.ts";
import type { OnnxSource } from "./onnx-source.ts";

/** What crosses the border to make an ONNX engine. */
export interface OnnxInit {
  readonly source: OnnxSource;
  readonly options: OnnxOptions;
  readonly declared: DeclaredTensors;
}

/** `data` is an {@link OnnxInit}. Throws `EngineLoadError`. */
export async function createOnnxEngine(data: unknown, parts: WorkerParts): Promise<WorkerEngine> {
  const { source, options, declared } = data as OnnxInit;
  const { model } = parts;
  const session = await openOnnxSession(source, options, parts);
  const resolved = resolveMetadata(model, session, declared);
  const metadata = { platform: "onnxruntime_onnx", kind: "tensors", ...resolved } as const;
  return { metadata, run: (batch) => runBatch(model, session, batch), close: () => session.close() };
}

/** Runs all requests together. Where that fails, each runs alone, so that the failure is told to its owner only. */
async function runBatch(model: string, session: OnnxSession, batch: WireBatch): Promise<WireAnswer> {
  const { inputs, requests } = batch;
  if (requests.length === 1) {
    const { outputs, timings } = await session.run(inputs, wantedOutputs(requests));
    return { results: [{ outputs }], timings, transfer: buffersOf(outputs) };
  }
  const rows = requests.map((request) => request.rows);
  try {
    const { outputs, timings } = await session.run(inputs, wantedOutputs(requests));
    return { results: divide(model, outputs, rows), timings, transfer: buffersOf(outputs) };
  } catch {
    // Whatever it was, it comes back for the request that brought it.
    return runApart(session, requests, divide(model, inputs, rows));
  }
}

async function runApart(
  session: OnnxSession,
  requests: readonly WireRequest[],
  inputs: readonly { readonly outputs: readonly Tensor[] }[],
): Promise<WireAnswer> {
  const results: WireResult[] = [];
  const transfer: ArrayBuffer[] = [];
  let timings: ExecutionTimings = { computeInput: 0, computeInfer: 0, computeOutput: 0 };
  for (const [i, request] of requests.entries()) {
    try {
      const result = await session.run(inputs[i]?.outputs ?? [], wantedOutputs([request]));
      results.push({ outputs: result.outputs });
      transfer.push(...buffersOf(result.outputs));
      timings = sum(timings, result.timings);
    } catch (error) {
      results.push({ error: toWireError(error) });
    }
  }
  return { results, timings, transfer };
}

/** The rows of each request, as views. */
function divide(model: string, tensors: readonly Tensor[], rows: readonly number[]): { outputs: readonly Tensor[] }[] {
  const whole = { model: { name: model, version: "" }, outputs: tensors };
  return splitRows(whole, rows).map(({ outputs }) => ({ outputs }));
}

/** What somebody asked for; null: somebody wants all. */
function wantedOutputs(requests: readonly WireRequest[]): string[] | null {
  const names = new Set<string>();
  for (const { outputs } of requests) {
    if (!outputs) return null;
    for (const name of outputs) names.add(name);
  }
  return [...names];
}

function buffersOf(tensors: readonly Tensor[]): ArrayBuffer[] {
  return tensors.map(({ bytes }) => bytes.buffer as ArrayBuffer);
}

function sum(a: ExecutionTimings, b: ExecutionTimings): ExecutionTimings {
  return {
    computeInput: a.computeInput + b.computeInput,
    computeInfer: a.computeInfer + b.computeInfer,
    computeOutput: a.computeOutput + b.computeOutput,
  };
}
