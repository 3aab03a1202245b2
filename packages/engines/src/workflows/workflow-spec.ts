// The specification file of a workflow (YAML): its models, how they run, and which node's answer goes to which.
// Source: TorchServe, docs/workflows.md.
import type { WorkflowNode, WorkflowSettings } from "@sealserve/inference";
import { z } from "zod";
import { LayoutError } from "../layout-error.ts";
import { readYaml } from "../layouts/yaml-file.ts";
import type { ModelFiles } from "../model-files.ts";
import { faultOf } from "./workflow-graph.ts";

const maxNodes = 100;
const workers = z.int().min(0).max(1024);
const milliseconds = z.int().min(0).max(3_600_000);

const settings = z.object({
  "min-workers": workers.optional(),
  "max-workers": workers.optional(),
  "batch-size": z.int().min(1).max(1_000_000).optional(),
  "max-batch-delay": milliseconds.optional(),
  "retry-attempts": z.int().min(0).max(100).optional(),
  "timeout-ms": milliseconds.min(1).optional(),
});

type GivenSettings = z.infer<typeof settings>;

const url = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.isWellFormed(), { error: "well-formed Unicode" });
const model = settings.extend({ url }).strict();
const nodeName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}$/, {
  error: "a name of letters, digits, '_', '.' and '-'",
});
/** A single child may stand without brackets, and none at all. */
const children = z.union([z.array(nodeName), nodeName.transform((name) => [name]), z.null().transform(() => [])]);

/** Of the original. */
const defaults: WorkflowSettings = {
  ...{ minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 50, retryAttempts: 1, timeout: 10_000 },
};

export interface ReadSpec {
  readonly defaults: WorkflowSettings;
  readonly nodes: readonly WorkflowNode[];
}

/** Throws `file-missing`, `config-syntax`, `config-value`, `config-unsupported`, `workflow-graph`. */
export async function readWorkflowSpec(
  archive: string,
  files: ModelFiles,
  { specFile, handler }: { readonly specFile: string; readonly handler: string | null },
): Promise<ReadSpec> {
  const at = `${archive}!${specFile}`;
  const document = mapping(await readYaml(archive, files, specFile, { mapAsMap: true }), at, "file");
  const unknown = [...document.keys()].find((key) => key !== "models" && key !== "dag");
  if (unknown !== undefined) {
    const instead = "a workflow has 'models' and 'dag'";
    throw new LayoutError("config-unsupported", { location: at, field: unknown.slice(0, 200), instead });
  }
  const { global, models } = readModels(document.get("models") ?? new Map(), at);
  const edges = readEdges(document.get("dag") ?? new Map(), at);
  const names = [...new Set([...edges].flatMap(([name, below]) => [name, ...below]))];
  if (names.length === 0 || names.length > maxNodes) {
    throw refused(at, "dag", `of 1 to ${maxNodes} nodes`, `of ${names.length}`);
  }
  const missing = names.filter((name) => !models.has(name) && (handler === null || !isIdentifier(name)));
  if (missing.length > 0) throw new LayoutError("workflow-graph", { archive, fault: "unknown-node", nodes: missing });
  const nodes = names.map((name): WorkflowNode => {
    const { url, ...own } = models.get(name) ?? { url: null, ...ofFunction(global) };
    return { name, url, children: edges.get(name) ?? [], ...own };
  });
  const fault = faultOf(nodes);
  if (fault) throw new LayoutError("workflow-graph", { archive, ...fault });
  return { defaults: global, nodes };
}

/** Functions have one worker each, which takes requests one by one. */
function ofFunction({ retryAttempts, timeout }: WorkflowSettings): WorkflowSettings {
  return { minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 0, retryAttempts, timeout };
}

type ModelNode = WorkflowSettings & { readonly url: string };

/** What is said of all models holds wherever it stands among them. */
function readModels(given: unknown, at: string) {
  const entries = [...mapping(given, at, "models")];
  const isGlobal = ([key]: readonly [string, unknown]) => Object.hasOwn(settings.shape, key);
  const global = withSettings(defaults, checked(settings, Object.fromEntries(entries.filter(isGlobal)), at, "models"));
  const models = new Map<string, ModelNode>();
  for (const [name, value] of entries.filter((entry) => !isGlobal(entry))) {
    checked(nodeName, name, at, "models");
    const where = `models.${name}`;
    const { url, ...own } = checked(model, Object.fromEntries(mapping(value, at, where)), at, where);
    models.set(name, { url, ...withSettings(global, own) });
  }
  return { global, models };
}

function readEdges(given: unknown, at: string): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, readonly string[]>();
  for (const [name, value] of mapping(given, at, "dag")) {
    checked(nodeName, name, at, "dag");
    edges.set(name, [...new Set(checked(children, value ?? null, at, `dag.${name}`))]);
  }
  return edges;
}

function withSettings(before: WorkflowSettings, given: GivenSettings): WorkflowSettings {
  const minWorkers = given["min-workers"] ?? before.minWorkers;
  return {
    minWorkers,
    maxWorkers: Math.max(minWorkers, given["max-workers"] ?? before.maxWorkers),
    batchSize: given["batch-size"] ?? before.batchSize,
    maxBatchDelay: given["max-batch-delay"] ?? before.maxBatchDelay,
    retryAttempts: given["retry-attempts"] ?? before.retryAttempts,
    timeout: given["timeout-ms"] ?? before.timeout,
  };
}

/** What a file of Python or TypeScript can export. */
function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function mapping(value: unknown, at: string, field: string): ReadonlyMap<string, unknown> {
  if (!(value instanceof Map)) throw refused(at, field, "a mapping", "something else");
  return new Map([...value].map(([key, each]) => [String(key), each]));
}

function checked<T>(shape: z.ZodType<T>, value: unknown, at: string, field: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(at, [field, ...(issue?.path ?? [])].join("."), issue?.message ?? "allowed", "something else");
}

function refused(location: string, field: string, expected: string, found: string): LayoutError {
  return new LayoutError("config-value", { location, field, expected, found });
}
