// ONNX models as a batch runner: instances of onnxruntime on threads or in processes.
import type { BatchRunner } from "@sealserve/serving";
import { type HostingParts, openHosted } from "../hosting/open-hosted.ts";
import type { EngineInit } from "../hosting/wire.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { OnnxInit } from "./onnx-engine.ts";
import { openOnnxSource } from "./onnx-source.ts";

/** Opens `file` of the definition's files. Throws `EngineLoadError`, what the files throw, or the signal's reason. */
export function openOnnxRunner(
  definition: ModelDefinition,
  file: string,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  return openHosted("onnx", definition, () => onnxInit(definition, file), parts, signal);
}

async function onnxInit({ name, files, onnx, ...definition }: ModelDefinition, file: string): Promise<EngineInit> {
  const { source, ...given } = await openOnnxSource(name, file, files);
  const { layout, maxBatchSize, inputs, outputs } = definition;
  const data: OnnxInit = { source, options: onnx, declared: { layout, maxBatchSize, inputs, outputs } };
  return { data, ...given };
}
