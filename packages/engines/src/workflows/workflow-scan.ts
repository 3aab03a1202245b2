// Looks at a model store and tells which workflow archives are in it.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StoredWorkflow, WorkflowFault } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { type AnyLayoutError, isLayoutError } from "../layout-error.ts";
import { fileStamp } from "../layouts/file-stamp.ts";
import type { OpenableModel } from "../layouts/scanned-model.ts";
import type { SealedOpener } from "../layouts/sealed-opener.ts";
import { isSealedWorkflow, openSealedWorkflow, sealedWorkflowName } from "./sealed-workflow.ts";
import { readWorkflowArchive } from "./workflow-archive.ts";
import { workflowFunctions } from "./workflow-function.ts";

export interface ScannedWorkflow {
  readonly stored: StoredWorkflow;
  /** Whichever it is opened as. */
  readonly functions: OpenableModel;
}

export interface WorkflowScanParts {
  /** Opens sealed archives whose functions are loaded; left out: nobody does. */
  readonly sealed?: SealedOpener;
  /** Opens them to see what is in them: that loads nothing. */
  readonly sealedSpecs?: SealedOpener;
  /** Milliseconds that only grow. */
  now(): number;
}

interface Known {
  readonly stamp: string;
  readonly found: ScannedWorkflow;
  /** When it is read again though it is unchanged; null: never. */
  readonly again: number | null;
}

const extensions = /\.war(?:\.age)?$/;
/** Milliseconds that a look at the store waits for the key of a sealed archive, and after which it asks again. */
const keyLimit = 10_000;
const keyAgain = 60_000;

export function isWorkflowFile(entry: string): boolean {
  return extensions.test(entry) && !entry.startsWith(".");
}

/** A function to call as often as the store is looked at; it reads no archive twice that is unchanged. One that is refused is listed with its fault. */
export function createWorkflowScan(
  folder: string,
  parts: WorkflowScanParts,
): () => Promise<readonly ScannedWorkflow[]> {
  const known = new Map<string, Known>();
  return async () => {
    // Whether the store can be read at all is the scan of its models' to tell.
    const entries = (await readdir(folder).catch((): string[] => [])).filter(isWorkflowFile).sort();
    for (const entry of known.keys()) if (!entries.includes(entry)) known.delete(entry);
    for (const entry of entries) {
      const path = join(folder, entry);
      const stamp = await fileStamp([path]);
      const before = known.get(entry);
      if (before?.stamp === stamp && (before.again === null || parts.now() < before.again)) continue;
      const found = { stored: await stored(entry, path, parts), functions: workflowFunctions(path, parts.sealed) };
      const isRefused = isSealedWorkflow(entry) && found.stored.spec === null;
      known.set(entry, { stamp, found, again: isRefused ? parts.now() + keyAgain : null });
    }
    return [...known.keys()].sort().flatMap((entry) => known.get(entry)?.found ?? []);
  };
}

async function stored(entry: string, path: string, { sealedSpecs }: WorkflowScanParts): Promise<StoredWorkflow> {
  try {
    if (!isSealedWorkflow(entry)) return { entry, spec: (await readWorkflowArchive(path)).spec };
    const model = sealedWorkflowName(path);
    const { spec, files } = await openSealedWorkflow({ path, model }, sealedSpecs, AbortSignal.timeout(keyLimit));
    await files.close?.();
    return { entry, spec };
  } catch (error) {
    if (isLayoutError(error)) return { entry, spec: null, fault: faultOf(error) };
    // Why there is no key is for whoever opens it to say.
    if (isSealedWorkflow(entry)) return { entry, spec: null, fault: { code: "unreadable", reason: reasonOf(error) } };
    throw error;
  }
}

function faultOf(error: AnyLayoutError): WorkflowFault {
  const { message: reason } = error;
  if (error.code === "workflow-graph") return { code: error.facts.fault, reason };
  const isSpec = error.code.startsWith("config-") || error.code === "file-missing";
  return { code: isSpec ? "bad-spec" : "unreadable", reason };
}
