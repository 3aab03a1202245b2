// The model configuration file of an archive (YAML): what the server reads of it; handlers see all of it.
// Source: TorchServe, `ModelConfig.java` and docs/configuration.md.
import { z } from "zod";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";
import { readYaml } from "./yaml-file.ts";

const count = z.int("a whole number").min(1, "1 or more");
const ranks = count.max(1024, "1,024 at most");
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
  parallelType: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["", "none", "pp", "tp", "pptp", "custom"]))
    .optional(),
  parallelLevel: ranks.optional(),
  torchrun: z
    .looseObject(
      {
        nnodes: z.literal(1, "1: all processes of a worker run on this machine").optional(),
        "nproc-per-node": ranks.default(1),
        OMP_NUMBER_THREADS: ranks.default(1),
      },
      "a mapping of its options",
    )
    .optional(),
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

/** Throws `file-missing`, `config-syntax` or `config-value`. */
export async function readSettings(archive: string, files: ModelFiles, name: string): Promise<ArchiveSettings> {
  const parsed = schema.safeParse(await readYaml(archive, files, name));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LayoutError("config-value", {
    location: `${archive}!${name}`,
    field: issue?.path.join(".") || "file",
    expected: issue?.message ?? "a mapping",
    found: "something else",
  });
}
