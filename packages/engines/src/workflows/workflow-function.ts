// A function of a workflow's handler file as a model of its own: its files are those of the workflow archive.
import { functionHandler, functionVersion, nodeModel, type WorkflowSpec } from "@sealserve/inference";
import { LayoutError } from "../layout-error.ts";
import { definitionDefaults } from "../layouts/definition-defaults.ts";
import { fileStamp } from "../layouts/file-stamp.ts";
import type { OpenableModel, OpenedAs } from "../layouts/scanned-model.ts";
import type { SealedOpener } from "../layouts/sealed-opener.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import { isSealedWorkflow, openSealedWorkflow, sealedWorkflowName } from "./sealed-workflow.ts";
import { readWorkflowArchive, type WorkflowArchive } from "./workflow-archive.ts";

/**
 * Any function of the archive: which one is said by what it is opened as, `WORKFLOW__NODE` with the handler `FILE:NODE`. Another handler than the
 * archive's own is refused, and so is another name.
 */
export function workflowFunctions(path: string, sealed?: SealedOpener): OpenableModel {
  return {
    location: path,
    open: async (signal, as = {}) => {
      if (!isSealedWorkflow(path)) return openFunction(path, await readWorkflowArchive(path), as);
      const archive = await openSealedWorkflow({ path, model: as.name ?? sealedWorkflowName(path) }, sealed, signal);
      try {
        return { ...(await openFunction(path, archive, as)), memoryOnly: true };
      } catch (error) {
        await archive.files.close?.();
        throw error;
      }
    },
    stamp: () => fileStamp([path]),
    ownHandlersOnly: true,
  };
}

async function openFunction(
  path: string,
  { spec, manifest, files }: WorkflowArchive,
  { name = "", handler = "" }: OpenedAs,
): Promise<ModelDefinition> {
  const found = spec.nodes.find(
    (node) => node.url === null && handler === functionHandler(spec.handler ?? "", node.name),
  );
  if (!found || !name.endsWith(nodeModel("", found.name))) {
    const instead = `its functions are ${namesOf(spec).join(", ") || "none"}`;
    throw new LayoutError("config-unsupported", { location: path, field: handler || "no function", instead });
  }
  await files.verify(files.list());
  return {
    ...definitionDefaults,
    ...{ name, version: functionVersion, layout: "workflow-archive", location: path, files },
    ...{ engine: engineOf(handler), manifest, settings: {}, maxBatchSize: found.batchSize },
  };
}

function engineOf(handler: string): EngineChoice {
  if (/\.(?:ts|js|mjs):/.test(handler)) return { kind: "handler", handler, serializedFile: null };
  return { kind: "python", handler, serializedFile: null, envelope: null, requirementsFile: null };
}

function namesOf({ nodes }: WorkflowSpec): readonly string[] {
  return nodes.filter(({ url }) => url === null).map(({ name }) => name);
}
