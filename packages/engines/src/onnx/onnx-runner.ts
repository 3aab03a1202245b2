// ONNX models as a batch runner: instances of onnxruntime on threads or in processes.
import type { BatchRunner } from "@sealserve/serving";
import { type HostingParts, openHosted } from "../hosting/open-hosted.ts";
import type { EngineInit } from "../hosting/wire.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { OnnxInit } from "./onnx-engine.ts";
import { OnnxOpener } from "./open-onnx-source.ts";

/** Opens `file` of the definition's files. Throws `EngineLoadError`, what the files throw, or the signal's reason. */
export function openOnnxRunner(
  definition: ModelDefinition,
  file: string,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  const { name: model, files } = definition;
  const opener = new OnnxOpener(
    { model, files, file },
    { clock: parts.clock, memoryFolders: parts.memoryFolders ?? null },
  );
  return openHosted("onnx", definition, (stop) => onnxInit(definition, opener, stop), parts, signal);
}

async function onnxInit(
  { onnx, layout, maxBatchSize, inputs, outputs }: ModelDefinition,
  opener: OnnxOpener,
  signal: AbortSignal,
): Promise<EngineInit> {
  const { source, ...given } = await opener.open(signal);
  const data: OnnxInit = { source, options: onnx, declared: { layout, maxBatchSize, inputs, outputs } };
  return { data, ...given };
}
