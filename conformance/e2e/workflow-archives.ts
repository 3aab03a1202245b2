// Workflow archives (WAR) for tests: a manifest, a specification, and a file with functions.
import { zipBytes } from "../fixtures/zip-writer.ts";

export interface WorkflowOptions {
  readonly name: string;
  /** In YAML; left out: there is none in the archive. */
  readonly spec?: string;
  /** Of the file with the functions; with `source`. */
  readonly handler?: string;
  readonly source?: string;
}

export function workflowBytes({ name, spec, handler, source = "" }: WorkflowOptions): Uint8Array<ArrayBuffer> {
  const workflow = { workflowName: name, specFile: "spec.yaml", ...(handler === undefined ? {} : { handler }) };
  const manifest = { createdOn: "01/01/2026 00:00:00", workflow, archiverVersion: "0.2.15" };
  return zipBytes([
    { name: "WAR-INF/MANIFEST.json", data: JSON.stringify(manifest) },
    ...(spec === undefined ? [] : [{ name: "spec.yaml", data: spec }]),
    ...(handler === undefined ? [] : [{ name: handler, data: source }]),
  ]);
}
