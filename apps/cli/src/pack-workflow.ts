// `sealserve pack --workflow`: makes a workflow archive (WAR) with the flags of torch-workflow-archiver.
import { isLayoutError, packWorkflow } from "@sealserve/engines";

export interface PackWorkflowFlags {
  readonly workflowName?: string;
  readonly specFile?: string;
  readonly handler?: string;
  readonly extraFiles?: string;
  readonly exportPath?: string;
  readonly force?: true;
}

/** The exit code. */
export async function packOneWorkflow({ workflowName, specFile, extraFiles, ...flags }: PackWorkflowFlags) {
  if (workflowName === undefined || specFile === undefined) {
    process.stderr.write("a workflow needs --workflow-name and --spec-file\n");
    return 2;
  }
  const extras = extraFiles === undefined ? {} : { extraFiles: extraFiles.split(",") };
  try {
    const options = { workflowName, specFile, ...flags, ...extras };
    const { path, files, size, spec } = await packWorkflow(options, { now: () => new Date() });
    process.stdout.write(`${path} (${spec.nodes.length} nodes, ${files.length} files, ${size} bytes)\n`);
    return 0;
  } catch (error) {
    if (!isLayoutError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
