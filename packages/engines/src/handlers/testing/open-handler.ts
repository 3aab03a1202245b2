// Handlers opened from their code, what they are asked, and their answers as texts.
import assert from "node:assert/strict";
import { decodeByteStrings, encodeByteStrings, type InferenceRequest, isInferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { type BatchResult, type BatchRunner, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../../conformance/fixtures/model-definition.ts";
import { createRunner } from "../../engine-loader.ts";
import type { EngineEvent } from "../../hosting/instance-pool.ts";
import type { ModelDefinition } from "../../model-definition.ts";

export const never = new AbortController().signal;

export interface HandlerOptions extends Partial<ModelDefinition> {
  readonly handler?: string;
  readonly serializedFile?: string;
  readonly onEvent?: (event: EngineEvent) => void;
  readonly sequenceIdHeader?: string;
}

/** Opens a handler from its code, or from several files of an archive of which `handler.ts` is the handler. */
export function open(code: string | Readonly<Record<string, string | Uint8Array>>, options: HandlerOptions = {}) {
  const { handler = "handler.ts", serializedFile = null, onEvent = () => {}, sequenceIdHeader, ...overrides } = options;
  const files = Object.entries(typeof code === "string" ? { "handler.ts": code } : code);
  const bytes = files.map(([name, data]) => [name, typeof data === "string" ? utf8(data) : data]);
  const definition = modelDefinition({
    layout: "model-archive",
    files: memoryFiles(Object.fromEntries(bytes)),
    engine: { kind: "handler", handler, serializedFile },
    maxBatchSize: 8,
    ...overrides,
  });
  const parts = { clock: systemClock(), onEvent, ...(sequenceIdHeader !== undefined && { sequenceIdHeader }) };
  return createRunner(definition, parts, never);
}

/** A request of one row, or of several, in one field. */
export function requestOf(
  rows: readonly string[],
  more: Partial<InferenceRequest> & { field?: string; type?: string } = {},
) {
  const { field = "body", type, ...request } = more;
  const input = {
    name: field,
    datatype: "BYTES",
    shape: [rows.length],
    bytes: encodeByteStrings(rows.map(utf8)),
  } as const;
  const inputs = [type === undefined ? input : { ...input, parameters: { content_type: type } }];
  return { model: { name: "m" }, inputs, ...request } satisfies InferenceRequest;
}

export function textsOf(result: BatchResult | undefined): string[] {
  assert.ok(result && !isInferenceError(result), String(result));
  const [output] = result.outputs;
  assert.ok(output);
  assert.deepEqual([output.name, output.datatype, result.outputs.length], ["prediction", "BYTES", 1]);
  const texts = decodeByteStrings("prediction", output.bytes).map(textOf);
  assert.deepEqual(output.shape, [texts.length]);
  return texts;
}

export async function ask(runner: BatchRunner, ...requests: readonly InferenceRequest[]): Promise<string[][]> {
  return (await runner.run(requests, never)).map(textsOf);
}
