// Packs a workflow into a workflow archive (WAR), as torch-workflow-archiver does.
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { WorkflowSpec } from "@sealserve/inference";
import { createdOn } from "../archive/manifest.ts";
import { zipOf } from "../archive/pack-zip.ts";
import { PackingList } from "../archive/packing-list.ts";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import { isModelName } from "../model-name.ts";
import { readWorkflowArchive } from "./workflow-archive.ts";
import { workflowManifestName } from "./workflow-manifest.ts";

/** The flags of torch-workflow-archiver, by their own names. */
export interface PackWorkflowOptions {
  readonly workflowName: string;
  readonly specFile: string;
  /** The file with the functions. Left out: every node is a model. */
  readonly handler?: string;
  readonly extraFiles?: readonly string[];
  /** Folder to write to; made if it is not there. Default: the current one. */
  readonly exportPath?: string;
  /** Replace an archive that is there. */
  readonly force?: boolean;
}

export interface PackedWorkflow {
  readonly path: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly spec: WorkflowSpec;
  /** Names in the archive, the manifest included. */
  readonly files: readonly string[];
}

/** The version of the format that we write, as TorchServe's workflow archiver names its own. */
const archiverVersion = "0.2.15";

/**
 * Writes `<exportPath>/<workflowName>.war`: under another name first, so that nobody sees half of it, and reads it as a server will, graph and all.
 * Throws `LayoutError`.
 */
export async function packWorkflow(
  options: PackWorkflowOptions,
  { now: clock }: { readonly now: () => Date },
): Promise<PackedWorkflow> {
  const { workflowName, exportPath = ".", force = false } = options;
  if (!isModelName(workflowName)) throw new LayoutError("model-name", { name: workflowName });
  const path = join(exportPath, `${workflowName}.war`);
  if (existsSync(path) && !force) throw new LayoutError("archive-exists", { archive: path });
  const list = new PackingList(path);
  const now = clock();
  const specFile = await list.addFile(options.specFile);
  const handler = options.handler === undefined ? undefined : await list.addFile(options.handler);
  for (const extra of options.extraFiles ?? []) await list.addExtra(extra);
  const workflow = { workflowName, specFile, ...(handler === undefined ? {} : { handler }) };
  const manifest = JSON.stringify({ createdOn: createdOn(now), workflow, archiverVersion }, null, 2);
  await mkdir(exportPath, { recursive: true });
  const folder = await mkdtemp(join(exportPath, ".pack-"));
  try {
    const draft = join(folder, `${workflowName}.war`);
    const contents = { manifest, manifestName: workflowManifestName, files: list.files, now, onRead: () => {} };
    const archive = await written(draft, contents, []);
    const { size } = await stat(draft);
    await rename(draft, path);
    return { path, size, spec: archive.spec, files: archive.files.list() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Contents = Omit<Parameters<typeof zipOf>[0], "stored">;

/** A file that shrinks so much that no server would unpack it is stored as it is, in another attempt. */
async function written(draft: string, contents: Contents, stored: readonly string[]) {
  await pipeline(zipOf({ ...contents, stored }), createWriteStream(draft));
  try {
    return await readWorkflowArchive(draft);
  } catch (error) {
    if (!isLayoutError(error) || error.code !== "entry-ratio") throw error;
    return written(draft, contents, [...stored, error.facts.entry]);
  }
}
