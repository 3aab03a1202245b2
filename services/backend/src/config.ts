// The backend's configuration: where models lie, how they are watched, and what single models are told.
import { isModelName } from "@sealserve/engines";
import { duration, identitySetting, sequenceHeadersSetting } from "@sealserve/server";
import { z } from "zod";
import { pythonSetting } from "./python-config.ts";

const count = z.int().min(1);

/** What a model may be told beside its own files; each key wins over them. */
const modelSettings = z.strictObject({
  /** Copies that may run at once; 0: it is known, and nothing runs. */
  instances: z.int().min(0).max(1024).optional(),
  /** Rows a batch may have; 0: no batch dimension. */
  maxBatchSize: z.int().min(0).optional(),
  maxQueueDelay: duration.optional(),
  preferredBatchSizes: z.array(count).optional(),
  maxQueueSize: count.optional(),
  isolation: z.enum(["thread", "process"]).optional(),
  intraOpThreads: count.max(1024).optional(),
  interOpThreads: count.max(1024).optional(),
  executionMode: z.enum(["sequential", "parallel"]).optional(),
  graphOptimization: z.enum(["disabled", "basic", "extended", "layout", "all"]).optional(),
  loadTimeout: duration.optional(),
  responseTimeout: duration.optional(),
  /** Which of its versions are served; the newest one if nothing says otherwise. */
  versions: z
    .union([
      z.literal("all"),
      z.strictObject({ latest: count }),
      z.strictObject({ specific: z.array(z.string().min(1)).min(1) }),
    ])
    .optional(),
  /** Merkle roots that the model may have, sealed or not, and no other: older ones are refused. */
  roots: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, { error: "64 lower-case hex digits" }))
    .min(1)
    .optional(),
});

export type ModelSettings = z.infer<typeof modelSettings>;

export const backendShape = {
  modelStore: z.string().min(1),
  /** Where workflow archives lie; null: in the model store. */
  workflowStore: z.string().min(1).nullable().default(null),
  /** What the only model in the store is called, whatever its files are; null: by its files, and there may be many. */
  modelName: z
    .string()
    .refine(isModelName, { error: "a letter or digit, then letters, digits, '.', '_' and '-', at most 128" })
    .nullable()
    .default(null),
  /** `poll` loads what lies in the model store; `explicit` loads nothing until a management call says so. */
  modelControl: z.enum(["poll", "explicit"]).default("poll"),
  /** How often the model store is looked at again; 0: only at the start. */
  pollInterval: duration.default(1000),
  /** `availability-preserving` loads the new version before it unloads the old one; `resource-preserving` the other way round. */
  versionTransition: z.enum(["availability-preserving", "resource-preserving"]).default("availability-preserving"),
  /** Versions that may load at once. */
  loadConcurrency: count.max(64).default(4),
  /** How often a failed load is tried again, where trying again can help. */
  loadRetries: z.int().min(0).max(1000).default(5),
  /** Who opens sealed models; null: nobody. */
  identity: identitySetting.default(null),
  /** A folder in a memory file system, where large sealed models lie while engines load them; false: they are read into memory whole. */
  memoryFolder: z.union([z.literal("auto"), z.literal(false), z.string().startsWith("/")]).default("auto"),
  /** Which headers name the sequence of a request to a model with sequences, its first request and its last. */
  sequenceHeaders: sequenceHeadersSetting,
  /** How Python handlers run. */
  python: pythonSetting,
  models: z.record(z.string(), modelSettings).default({}),
};

export const backendConfig = z.strictObject(backendShape);
export type BackendConfig = z.infer<typeof backendConfig>;
