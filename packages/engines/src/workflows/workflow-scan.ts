// Looks at a model store and tells which workflow archives are in it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StoredWorkflow, WorkflowFault } from "@sealserve/inference";
import { type AnyLayoutError, isLayoutError } from "../layout-error.ts";
import { fileStamp } from "../layouts/file-stamp.ts";
import type { OpenableModel } from "../layouts/scanned-model.ts";
import { readWorkflowArchive } from "./workflow-archive.ts";
import { workflowFunctions } from "./workflow-function.ts";

export interface ScannedWorkflow {
  readonly stored: StoredWorkflow;
  /** Whichever it is opened as. */
  readonly functions: OpenableModel;
}

interface Known {
  readonly stamp: string;
  readonly found: ScannedWorkflow;
}

const extension = ".war";

export function isWorkflowFile(entry: string): boolean {
  return entry.endsWith(extension) && !entry.startsWith(".");
}

/** A function to call as often as the store is looked at; it reads no archive twice that is unchanged. One that is refused is listed with its fault. */
export function createWorkflowScan(folder: string): () => Promise<readonly ScannedWorkflow[]> {
  const known = new Map<string, Known>();
  return async () => {
    // Whether the store can be read at all is the scan of its models' to tell.
    const entries = (await readdir(folder).catch((): string[] => [])).filter(isWorkflowFile).sort();
    for (const entry of known.keys()) if (!entries.includes(entry)) known.delete(entry);
    for (const entry of entries) {
      const path = join(folder, entry);
      const stamp = await fileStamp([path]);
      if (known.get(entry)?.stamp === stamp) continue;
      known.set(entry, { stamp, found: { stored: await stored(entry, path), functions: workflowFunctions(path) } });
    }
    return [...known.keys()].sort().flatMap((entry) => known.get(entry)?.found ?? []);
  };
}

async function stored(entry: string, path: string): Promise<StoredWorkflow> {
  try {
    return { entry, spec: (await readWorkflowArchive(path)).spec };
  } catch (error) {
    if (!isLayoutError(error)) throw error;
    return { entry, spec: null, fault: faultOf(error) };
  }
}

function faultOf(error: AnyLayoutError): WorkflowFault {
  const { message: reason } = error;
  if (error.code === "workflow-graph") return { code: error.facts.fault, reason };
  const isSpec = error.code.startsWith("config-") || error.code === "file-missing";
  return { code: isSpec ? "bad-spec" : "unreadable", reason };
}
