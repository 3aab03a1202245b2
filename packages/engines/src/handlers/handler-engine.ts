// The handler engine inside its worker: the archive's code, run on batches of rows.
import { textOf } from "@sealserve/primitives";
import { isBuiltinHandler } from "../builtin-handler.ts";
import type { WorkerEngine, WorkerParts } from "../hosting/worker-engine.ts";
import type { OnnxOptions } from "../model-definition.ts";
import { openOnnxSession } from "../onnx/onnx-session.ts";
import type { OnnxSource } from "../onnx/onnx-source.ts";
import { type ArchiveModules, archiveModules } from "./archive-modules.ts";
import type { Handler } from "./base-handler.ts";
import { createBuiltin } from "./builtin/builtin-table.ts";
import { fieldsMetadata, handlerPlatform } from "./fields-metadata.ts";
import type { HandlerFiles, ModelContext } from "./handler-context.ts";
import { sentenceOf } from "./handler-failure.ts";
import { functionOf, handlerOf } from "./handler-module.ts";
import { handlerSession } from "./handler-session.ts";
import { runHandler } from "./run-handler.ts";

/** What crosses the border to make a handler engine. */
export interface HandlerInit {
  readonly version: string;
  /** A built-in handler, or the name of a module among `files`, with a function of it behind a colon or without. */
  readonly handler: string;
  /** The serialized file, where it is an ONNX model. */
  readonly source: OnnxSource | null;
  readonly onnx: OnnxOptions;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly manifest: unknown;
  readonly settings: unknown;
  readonly maxBatchSize: number;
  /** The header that names the sequence of a request. */
  readonly sequenceHeader: string;
}

/** `data` is a {@link HandlerInit}. Throws what the handler's module and its `initialize` throw, and `EngineLoadError`. */
export async function createHandlerEngine(data: unknown, parts: WorkerParts): Promise<WorkerEngine> {
  const init = data as HandlerInit;
  const { now, model, metric } = parts;
  const session = init.source && (await openOnnxSession(init.source, init.onnx, parts));
  const modules = archiveModules(init.files);
  const context: ModelContext = {
    modelName: model,
    modelVersion: init.version,
    manifest: init.manifest,
    settings: isRecord(init.settings) ? init.settings : {},
    files: handlerFiles(init.files),
    session: session && handlerSession(session),
  };
  let handler: Handler;
  try {
    handler = isBuiltinHandler(init.handler)
      ? await createBuiltin(init.handler)
      : await importedHandler(init.handler, modules);
    await handler.initialize?.(context);
  } catch (error) {
    throw new Error(sentenceOf(error), { cause: error });
  }
  return {
    metadata: fieldsMetadata(handlerPlatform, init.maxBatchSize),
    run: (batch, partial) =>
      runHandler({ model: context, sequenceHeader: init.sequenceHeader }, { handler, now, metric }, batch, partial),
    close: async () => {
      modules[Symbol.dispose]();
      await session?.close();
    },
  };
}

/** The module's only handler, or its function that is named behind a colon. */
async function importedHandler(handler: string, modules: ArchiveModules): Promise<Handler> {
  const [file = "", name] = handler.split(":");
  const exports = await modules.import(file);
  return name === undefined ? handlerOf(file, exports) : functionOf(file, name, exports);
}

function handlerFiles(files: ReadonlyMap<string, Uint8Array>): HandlerFiles {
  const read = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (!bytes) throw new Error(`the archive has no file '${name}'`);
    return bytes;
  };
  return {
    list: () => [...files.keys()],
    has: (name) => files.has(name),
    read,
    text: (name) => textOf(read(name)),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
