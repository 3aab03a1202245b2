// A model archive with a handler as a batch runner: instances of the handler engine on threads or in processes.
import { defaultSequenceHeaders } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import { type HostingParts, openHosted } from "../hosting/open-hosted.ts";
import type { EngineInit } from "../hosting/wire.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import { OnnxOpener } from "../onnx/open-onnx-source.ts";
import { fieldsMetadata, handlerPlatform } from "./fields-metadata.ts";
import type { HandlerInit } from "./handler-engine.ts";

type HandlerChoice = Extract<EngineChoice, { kind: "handler" }>;

/** Throws `EngineLoadError`, what the definition's files throw, or the signal's reason. */
export function openHandlerRunner(
  definition: ModelDefinition,
  choice: HandlerChoice,
  parts: HostingParts,
  signal: AbortSignal,
): Promise<BatchRunner> {
  const { name, files } = definition;
  const { serializedFile } = choice;
  const file = serializedFile?.endsWith(".onnx") ? serializedFile : null;
  const { clock, memoryFolders = null, sequenceIdHeader = defaultSequenceHeaders.id } = parts;
  const opener = file === null ? null : new OnnxOpener({ model: name, files, file }, { clock, memoryFolders });
  const init = (stop: AbortSignal) => handlerInit(definition, choice, sequenceIdHeader, opener, stop);
  const metadata = fieldsMetadata(handlerPlatform, definition.maxBatchSize ?? 1);
  return openHosted("handler", definition, init, parts, signal, metadata);
}

/** Reads the archive anew for each start, so that no copy of it stays with the server. */
async function handlerInit(
  { version, files: all, onnx, manifest, settings, maxBatchSize }: ModelDefinition,
  { handler, serializedFile }: HandlerChoice,
  sequenceHeader: string,
  opener: OnnxOpener | null,
  signal: AbortSignal,
): Promise<EngineInit> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of all.list()) if (!opener || file !== serializedFile) files.set(file, await all.read(file));
  // Last, since what it stages is given up by whoever gets it.
  const opened = await opener?.open(signal);
  const data: HandlerInit = {
    ...{ version, handler, source: opened?.source ?? null, onnx, files, manifest, settings },
    maxBatchSize: maxBatchSize ?? 1,
    sequenceHeader,
  };
  const transfer = [...(opened?.transfer ?? []), ...[...files.values()].map(({ buffer }) => buffer)];
  return { data, transfer, ...(opened?.staged && { staged: opened.staged }) };
}
