// The handler engine inside its worker: the archive's code, run on batches of rows.
import { encodeByteStrings, InferenceError } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import { isBuiltinHandler } from "../builtin-handler.ts";
import type { WireAnswer, WireBatch, WireResponse } from "../hosting/wire.ts";
import type { WorkerEngine, WorkerParts } from "../hosting/worker-engine.ts";
import type { OnnxOptions } from "../model-definition.ts";
import { openOnnxSession } from "../onnx/onnx-session.ts";
import type { OnnxSource } from "../onnx/onnx-source.ts";
import { type ArchiveModules, archiveModules } from "./archive-modules.ts";
import type { Handler } from "./base-handler.ts";
import { batchContext, optionalParameters, type ReplySettings } from "./batch-context.ts";
import { createBuiltin } from "./builtin/builtin-table.ts";
import { fieldsMetadata, handlerPlatform } from "./fields-metadata.ts";
import type { HandlerContext, HandlerFiles, ModelContext } from "./handler-context.ts";
import { handlerFailure, sentenceOf } from "./handler-failure.ts";
import { functionOf, handlerOf } from "./handler-module.ts";
import { handlerSession } from "./handler-session.ts";
import { resultBytes } from "./result-bytes.ts";
import { type RequestRow, rowsOf } from "./rows.ts";

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
}

/** `data` is a {@link HandlerInit}. Throws what the handler's module and its `initialize` throw, and `EngineLoadError`. */
export async function createHandlerEngine(data: unknown, parts: WorkerParts): Promise<WorkerEngine> {
  const init = data as HandlerInit;
  const { now, model } = parts;
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
    run: (batch) => runBatch(handler, context, batch, now),
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

async function runBatch(
  handler: Handler,
  model: ModelContext,
  batch: WireBatch,
  now: () => number,
): Promise<WireAnswer> {
  const begun = now();
  const rows = rowsOf(batch);
  const { context, replies } = batchContext(model, rows, batch.requests);
  const decoded = now();
  const elements = await elementsOf(handler, rows, context);
  const handled = now();
  const results = replies.map((reply, request) => {
    const own = elements.filter((_, i) => rows[i]?.request === request);
    return responseOf(own, reply);
  });
  return {
    results,
    timings: {
      computeInput: nanoseconds(decoded - begun),
      computeInfer: nanoseconds(handled - decoded),
      computeOutput: nanoseconds(now() - handled),
    },
    transfer: results.flatMap(({ outputs }) => outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer)),
  };
}

/** The handler's results as bytes, one a row. Throws `handler-failed`: it fails for all, as in TorchServe. */
async function elementsOf(
  handler: Handler,
  rows: readonly RequestRow[],
  context: HandlerContext,
): Promise<Uint8Array[]> {
  const model = context.modelName;
  let results: readonly unknown[];
  try {
    results = await handler.handle(
      rows.map(({ row }) => row),
      context,
    );
  } catch (error) {
    throw handlerFailure(model, error);
  }
  const failed = (reason: string, cause: unknown) =>
    new InferenceError("handler-failed", { model, status: 503, reason }, cause);
  if (!Array.isArray(results)) throw failed("Invalid model predict output", new Error("handle() gave no array"));
  if (results.length !== rows.length) {
    const cause = new Error(`handle() gave ${results.length} results for ${rows.length} rows`);
    throw failed("number of batch response mismatched", cause);
  }
  try {
    return results.map(resultBytes);
  } catch (error) {
    throw failed("Unsupported model output data type.", error);
  }
}

/** The bytes are encoded into a buffer of their own, free to be given away. */
function responseOf(elements: readonly Uint8Array[], { response, tensor }: ReplySettings): WireResponse {
  const bytes = encodeByteStrings(elements);
  const prediction = { name: "prediction", datatype: "BYTES", shape: [elements.length], bytes } as const;
  return { outputs: [{ ...prediction, ...optionalParameters(tensor) }], ...optionalParameters(response) };
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

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}
