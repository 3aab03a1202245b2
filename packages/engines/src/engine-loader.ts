// Opens the engine that a model definition asks for.
import type { BatchRunner } from "@sealserve/serving";
import { openHandlerRunner } from "./handlers/handler-runner.ts";
import type { HostingParts } from "./hosting/open-hosted.ts";
import type { ModelDefinition } from "./model-definition.ts";
import { openOnnxRunner } from "./onnx/onnx-runner.ts";
import { openPythonRunner } from "./python/python-runner.ts";
import { addSubRunner } from "./reference/add-sub.ts";
import { identityRunner } from "./reference/identity.ts";

/**
 * The model, loaded and warmed up. Whoever calls disposes it. Throws `EngineLoadError`, what the definition's files throw, or the
 * signal's reason; then nothing is left running.
 */
export async function createRunner(
  definition: ModelDefinition,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  const { engine } = definition;
  switch (engine.kind) {
    case "onnx":
      return openOnnxRunner(definition, engine.file, parts, signal);
    case "reference":
      return engine.model === "identity" ? identityRunner(definition) : addSubRunner(definition, parts.clock.now);
    case "handler":
      return openHandlerRunner(definition, engine, parts, signal);
    case "python":
      return openPythonRunner(definition, engine, parts, signal);
  }
}
