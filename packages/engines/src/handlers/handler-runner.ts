// A model archive with a handler as a batch runner: instances of the handler engine on threads or in processes.
import type { BatchRunner } from "@sealserve/serving";
import { type HostingParts, openHosted } from "../hosting/open-hosted.ts";
import type { EngineInit } from "../hosting/wire.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import { openOnnxSource } from "../onnx/onnx-source.ts";
import type { HandlerInit } from "./handler-engine.ts";

type HandlerChoice = Extract<EngineChoice, { kind: "handler" }>;

/** Throws `EngineLoadError`, what the definition's files throw, or the signal's reason. */
export function openHandlerRunner(
  definition: ModelDefinition,
  choice: HandlerChoice,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  return openHosted("handler", definition, () => handlerInit(definition, choice), parts, signal);
}

/** Reads the archive anew for each start, so that no copy of it stays with the server. */
async function handlerInit(definition: ModelDefinition, choice: HandlerChoice): Promise<EngineInit> {
  const { name, version, onnx, manifest, settings, maxBatchSize } = definition;
  const { handler, serializedFile } = choice;
  const model = serializedFile?.endsWith(".onnx") ? serializedFile : null;
  const opened = model === null ? null : await openOnnxSource(name, model, definition.files);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of definition.files.list()) if (file !== model) files.set(file, await definition.files.read(file));
  const data: HandlerInit = {
    ...{ version, handler, source: opened?.source ?? null, onnx, files, manifest, settings },
    maxBatchSize: maxBatchSize ?? 1,
  };
  const transfer = [...(opened?.transfer ?? []), ...[...files.values()].map(({ buffer }) => buffer)];
  return { data, transfer, ...(opened?.feed && { feed: opened.feed }) };
}
