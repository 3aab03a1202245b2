// A workflow archive that lies sealed, `pair.war.age`: opened with its key, in memory only, and read as one that is not.
import { basename } from "node:path";
import { functionVersion } from "@sealserve/inference";
import { LayoutError } from "../layout-error.ts";
import type { SealedOpener } from "../layouts/sealed-opener.ts";
import { readWorkflowArchive, type WorkflowArchive } from "./workflow-archive.ts";

const suffix = ".war.age";

export function isSealedWorkflow(entry: string): boolean {
  return entry.endsWith(suffix);
}

/** What its file's name says it is called. */
export function sealedWorkflowName(path: string): string {
  return basename(path).slice(0, -suffix.length);
}

/**
 * `model`: for whom its key is asked. Closing its files lets go of the key. Throws `LayoutError` `identity-missing`, `label-mismatch` where it is another
 * workflow than its file's name says, as `readWorkflowArchive`, and as the opener does.
 */
export async function openSealedWorkflow(
  { path, model }: { readonly path: string; readonly model: string },
  opener: SealedOpener | undefined,
  signal: AbortSignal,
): Promise<WorkflowArchive> {
  if (!opener) throw new LayoutError("identity-missing", { location: path });
  const name = sealedWorkflowName(path);
  const content = await opener.openFile({ model, version: functionVersion, path }, `${name}.war`, signal);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => content.files.close?.());
  const inside = await content.random(`${name}.war`);
  const read = (at: number, length: number) => inside.read(at, length);
  const archive = await readWorkflowArchive({ name: path, size: inside.size, read });
  if (archive.spec.name !== name) {
    const label = (each: string): string => `the workflow '${each}'`;
    throw new LayoutError("label-mismatch", { location: path, expected: label(name), found: label(archive.spec.name) });
  }
  const kept = stack.move();
  return { ...archive, files: { ...archive.files, close: () => kept.disposeAsync() } };
}
