// A model archive with a Python handler as a batch runner: instances of TorchServe's own worker.
import type { BatchRunner } from "@sealserve/serving";
import { EngineLoadError } from "../engine-error.ts";
import type { HostingParts } from "../hosting/open-hosted.ts";
import type { ModelDefinition, PythonChoice } from "../model-definition.ts";

/** Throws `EngineLoadError`, what the definition's files throw, or the signal's reason. */
export function openPythonRunner(
  definition: ModelDefinition,
  _choice: PythonChoice,
  _parts: HostingParts,
  _signal: AbortSignal,
): Promise<BatchRunner> {
  const reason = "this server has no Python interpreter";
  return Promise.reject(new EngineLoadError("load-failed", { model: definition.name, reason }));
}
