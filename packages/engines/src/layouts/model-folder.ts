// A model store entry `name/` with numbered versions: a Triton model where it has a `config.pbtxt`, else as TensorFlow Serving has them.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { reasonOf, textOf } from "@sealserve/primitives";
import { compareVersions } from "@sealserve/serving";
import { LayoutError } from "../layout-error.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";
import { definitionDefaults } from "./definition-defaults.ts";
import { fileStamp } from "./file-stamp.ts";
import { folderFiles } from "./folder-files.ts";
import { openedAs } from "./opened-as.ts";
import type { OpenedAs, ScannedModel, ScannedVersion, ScanParts } from "./scanned-model.ts";
import { parseTritonConfig, type TritonConfig } from "./triton-config.ts";
import { parseVersion } from "./version-name.ts";

export const configName = "config.pbtxt";

/** null where the folder is no model: it has neither a configuration nor a version. */
export async function scanModelFolder(name: string, folder: string, parts: ScanParts): Promise<ScannedModel | null> {
  const entries = await readdir(folder);
  const hasConfig = entries.includes(configName);
  const versions = new Map<string, string>();
  for (const entry of entries.sort()) {
    const version = parseVersion(entry);
    const first = version && versions.get(version);
    if (first)
      parts.onProblem({ location: join(folder, entry), problem: `is version ${version} again, after ${first}` });
    else if (version) versions.set(version, entry);
  }
  if (!hasConfig && versions.size === 0) return null;
  const scanned = [...versions]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, entry]): ScannedVersion => {
      const location = join(folder, entry);
      const model = { name, version, folder, location };
      const open = async (_: AbortSignal, as?: OpenedAs) =>
        openedAs(await (hasConfig ? openTriton(model, parts) : openPlain(model)), as);
      return { version, item: { location, open, stamp: () => fileStamp([join(folder, configName), location]) } };
    });
  return { versions: scanned, policy: hasConfig ? await policyOf(folder) : null };
}

export interface FolderVersion {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly location: string;
}

async function openPlain(model: FolderVersion): Promise<ModelDefinition> {
  return plainDefinition(model, await folderFiles({ folder: model.location, boundary: model.folder }));
}

/** A version without a configuration, wherever its files lie. */
export function plainDefinition({ name, version, location }: FolderVersion, files: ModelFiles): ModelDefinition {
  if (files.size("saved_model.pb") !== null) {
    throw new LayoutError("config-unsupported", {
      location,
      field: "saved_model.pb",
      instead: "convert the model to ONNX and name it model.onnx",
    });
  }
  const engine = { kind: "onnx", file: modelFile(location, files, "model.onnx") } as const;
  return { ...definitionDefaults, name, version, layout: "tensorflow-serving", location, files, engine };
}

async function openTriton(model: FolderVersion, parts: ScanParts): Promise<ModelDefinition> {
  const bytes = await readConfig(model.folder);
  const files = await folderFiles({ folder: model.location, boundary: model.folder });
  const configuration = { path: configName, folder: basename(model.location), bytes };
  return { ...tritonDefinition(model, textOf(bytes), files, parts), configuration };
}

/** A version of a Triton model, wherever its configuration and its files lie. */
export function tritonDefinition(
  { name, version, folder, location }: FolderVersion,
  text: string,
  files: ModelFiles,
  { onProblem }: ScanParts,
): ModelDefinition {
  const config = parseTritonConfig(join(folder, configName), text);
  if (config.name !== null && config.name !== name) {
    throw new LayoutError("config-value", {
      location: join(folder, configName),
      field: "name",
      expected: `the name of its folder, '${name}'`,
      found: `'${config.name}'`,
    });
  }
  for (const field of config.unread) {
    onProblem({ location: join(folder, configName), problem: `'${field}' has no effect here` });
  }
  const { maxBatchSize, inputs, outputs, batching, onnx, isolation, warmup } = config;
  return {
    ...definitionDefaults,
    ...{ name, version, layout: "triton-repository", location, files, engine: engineOf(location, files, config) },
    ...{ maxBatchSize, inputs, outputs, batching, onnx, isolation, warmup },
    platform: config.engine === "onnx" ? "onnxruntime_onnx" : "sealserve_reference",
    instances: config.instances ?? definitionDefaults.instances,
    maxInstances: config.instances ?? definitionDefaults.maxInstances,
  };
}

function engineOf(location: string, files: ModelFiles, config: TritonConfig): EngineChoice {
  if (config.engine !== "onnx") return { kind: "reference", model: config.engine };
  return { kind: "onnx", file: modelFile(location, files, config.modelFile) };
}

/** The file itself, or the file of the same name in a folder of that name, as Triton has it for external weights. */
function modelFile(location: string, files: ModelFiles, name: string): string {
  const found = [name, `${name}/${name}`].find((file) => files.size(file) !== null);
  if (found === undefined) throw new LayoutError("file-missing", { location, file: name, found: files.list() });
  return found;
}

function readConfig(folder: string): Promise<Uint8Array> {
  const location = join(folder, configName);
  return readFile(location).catch((error: unknown) => {
    throw new LayoutError("file-unreadable", { location, file: configName, problem: reasonOf(error) }, error);
  });
}

/** A configuration that cannot be read leaves the choice to the server; every version's `open` says what is wrong with it. */
async function policyOf(folder: string): Promise<ScannedModel["policy"]> {
  try {
    return parseTritonConfig(join(folder, configName), textOf(await readConfig(folder))).policy;
  } catch (error) {
    if (error instanceof LayoutError) return null;
    throw error;
  }
}
