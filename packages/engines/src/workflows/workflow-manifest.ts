// The manifest of a workflow archive: what TorchServe's workflow archiver writes and what its server reads.
import { isModelName } from "@sealserve/inference";
import { reasonOf, strictTextOf } from "@sealserve/primitives";
import { z } from "zod";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

export const workflowManifestName = "WAR-INF/MANIFEST.json";

const maxSize = 1 << 20;

const schema = z.looseObject({
  createdOn: z.string().optional(),
  archiverVersion: z.string().optional(),
  workflow: z.looseObject({
    workflowName: z.string().refine(isModelName, {
      error: "expected a letter or digit, then letters, digits, '.', '_' and '-', at most 128",
    }),
    specFile: z.string().min(1).max(1024),
    handler: z.string().min(1).max(1024).nullish(),
  }),
});

export type WorkflowManifest = z.infer<typeof schema>;

/** Throws `workflow-malformed`, and what reading its file throws. */
export async function readWorkflowManifest(archive: string, files: ModelFiles): Promise<WorkflowManifest> {
  const size = files.size(workflowManifestName);
  if (size === null) throw malformed(archive, "is missing; make workflow archives with 'sealserve pack --workflow'");
  if (size > maxSize) throw malformed(archive, `has ${size} bytes, at most ${maxSize} are allowed`);
  let json: unknown;
  try {
    json = JSON.parse(strictTextOf(await files.read(workflowManifestName)));
  } catch (error) {
    if (error instanceof LayoutError) throw error;
    throw malformed(archive, `is not JSON: ${reasonOf(error)}`, error);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `'${issue.path.join(".")}': ${issue.message}`);
  throw malformed(archive, `has faults: ${faults.join("; ")}`);
}

function malformed(archive: string, problem: string, cause?: unknown): LayoutError {
  return new LayoutError("workflow-malformed", { archive, problem }, cause);
}
