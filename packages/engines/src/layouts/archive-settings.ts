// The model configuration file of an archive (YAML): what the server reads of it; handlers see all of it.
// Source: TorchServe, `ModelConfig.java` and docs/configuration.md.
import { strictTextOf } from "@sealserve/primitives";
import { parseDocument } from "yaml";
import { z } from "zod";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

const count = z.int().min(1);
const seconds = z.number().positive().max(86_400);
const milliseconds = z.number().min(0).max(86_400_000);

const schema = z.looseObject({
  minWorkers: z.int().min(0).optional(),
  maxWorkers: count.optional(),
  batchSize: count.optional(),
  maxBatchDelay: z.number().min(0).max(3_600_000).optional(),
  responseTimeout: seconds.optional(),
  startupTimeout: seconds.optional(),
  jobQueueSize: count.optional(),
  useJobTicket: z.boolean().optional(),
  clientTimeoutInMills: milliseconds.optional(),
  maxRetryTimeoutInSec: z.number().min(0).max(86_400).optional(),
  sequenceBatching: z.boolean().optional(),
  continuousBatching: z.boolean().optional(),
  maxNumSequence: count.optional(),
  maxSequenceJobQueueSize: count.optional(),
  sequenceMaxIdleMSec: milliseconds.optional(),
  sequenceTimeoutMSec: milliseconds.optional(),
  asyncCommunication: z.boolean().optional(),
  useVenv: z.boolean().optional(),
  deviceType: z.enum(["cpu", "gpu"]).optional(),
  deviceIds: z.array(z.int().min(0)).optional(),
  parallelType: z.enum(["", "none", "pp", "tp", "pptp", "custom"]).optional(),
  parallelLevel: count.max(1024).optional(),
  torchrun: z.looseObject({ "nproc-per-node": count.max(1024).optional() }).optional(),
  isolation: z.enum(["thread", "process"]).optional(),
  onnx: z
    .strictObject({
      intraOpThreads: count.nullable().default(null),
      interOpThreads: count.nullable().default(null),
      executionMode: z.enum(["sequential", "parallel"]).default("sequential"),
      graphOptimization: z.enum(["disabled", "basic", "extended", "layout", "all"]).default("all"),
    })
    .optional(),
});

/** Delays are milliseconds, time-outs seconds, as in TorchServe. */
export type ArchiveSettings = z.infer<typeof schema>;

const maxSize = 1 << 20;

/** Throws `file-missing`, `config-syntax` or `config-value`. */
export async function readSettings(archive: string, files: ModelFiles, name: string): Promise<ArchiveSettings> {
  const size = files.size(name);
  const location = `${archive}!${name}`;
  if (size === null) throw new LayoutError("file-missing", { location: archive, file: name, found: files.list() });
  if (size > maxSize) throw refused(location, "file", `at most ${maxSize} bytes`, `${size} bytes`);
  const parsed = schema.safeParse(parseYaml(location, await files.read(name)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(location, issue?.path.join(".") || "file", issue?.message ?? "a mapping", "something else");
}

function parseYaml(location: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = strictTextOf(bytes);
  } catch (error) {
    throw new LayoutError("config-syntax", { location, line: 1, column: 1, problem: "is not UTF-8" }, error);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (fault) {
    const { line = 1, col = 1 } = fault.linePos?.[0] ?? {};
    throw new LayoutError("config-syntax", { location, line, column: col, problem: fault.code }, fault);
  }
  try {
    // Aliases that multiply are refused by the library at a hundred.
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new LayoutError("config-syntax", { location, line: 1, column: 1, problem: "has too many aliases" }, error);
  }
}

function refused(location: string, field: string, expected: string, found: string): LayoutError {
  return new LayoutError("config-value", { location, field, expected, found });
}
