// A workflow archive (WAR): a manifest, a specification, and the file with the workflow's functions.
import type { WorkflowSpec } from "@sealserve/inference";
import type { ArchiveLimits } from "../archive/archive-limits.ts";
import { type Archive, readArchive } from "../archive/read-archive.ts";
import { type ArchiveSource, sourceName } from "../archive/zip-source.ts";
import { LayoutError } from "../layout-error.ts";
import { readWorkflowManifest, type WorkflowManifest } from "./workflow-manifest.ts";
import { readWorkflowSpec } from "./workflow-spec.ts";

export interface WorkflowArchive {
  readonly manifest: WorkflowManifest;
  readonly spec: WorkflowSpec;
  readonly files: Archive;
}

/** It holds text, and what functions need beside. */
const limits: ArchiveLimits = { maxEntries: 1_000, maxTotalSize: 2 ** 30, maxRatio: 200 };

/** Checks all that can be known before anything of it is loaded. Throws `LayoutError`. */
export async function readWorkflowArchive(source: ArchiveSource): Promise<WorkflowArchive> {
  const path = sourceName(source);
  const files = await readArchive(source, limits);
  const manifest = await readWorkflowManifest(path, files);
  const { workflowName: name, specFile, handler: given } = manifest.workflow;
  const handler = given ?? null;
  const missing = [specFile, ...(handler === null ? [] : [handler])].find((file) => files.size(file) === null);
  if (missing !== undefined) {
    throw new LayoutError("file-missing", { location: path, file: missing, found: files.list() });
  }
  const { defaults, nodes } = await readWorkflowSpec(path, files, { specFile, handler });
  return { manifest, files, spec: { name, handler, defaults, nodes } };
}
