// A model store entry `name.mar`: a model archive, one version of the model that its manifest names.
import { type Manifest, manifestName, readManifest } from "../archive/manifest.ts";
import { readArchive } from "../archive/read-archive.ts";
import { type ArchiveSource, sourceName } from "../archive/zip-source.ts";
import { isBuiltinHandler } from "../builtin-handler.ts";
import { LayoutError } from "../layout-error.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";
import { isModelName } from "../model-name.ts";
import { readSettings } from "./archive-settings.ts";
import { definitionDefaults } from "./definition-defaults.ts";
import { fromSettings } from "./from-settings.ts";
import type { OpenedAs } from "./scanned-model.ts";

export interface ArchiveIdentity {
  readonly name: string;
  readonly version: string;
}

/** What the archive says it is. Throws `LayoutError` for an archive or a manifest that is refused. */
export async function readArchiveIdentity(path: string): Promise<ArchiveIdentity> {
  return identityOf(path, await readManifest(path, await readArchive(path)));
}

/** Opens the archive whole: every entry but the model itself, which the engine reads next, is unpacked once and checked. */
export async function openArchiveModel(
  source: ArchiveSource,
  expected: ArchiveIdentity,
  as: OpenedAs = {},
): Promise<ModelDefinition> {
  const path = sourceName(source);
  const files = await readArchive(source);
  const manifest = await readManifest(path, files);
  const { name, version } = identityOf(path, manifest);
  if (name !== expected.name || version !== expected.version) throw otherIdentity(source, { name, version }, expected);
  const engine = engineOf(path, files, withHandler(manifest, as));
  const { configFile } = manifest.model;
  const settings = configFile === undefined ? {} : await readSettings(path, files, configFile);
  await files.verify(files.list().filter((file) => file !== manifest.model.serializedFile));
  return {
    ...definitionDefaults,
    ...{ name: as.name ?? name, version, layout: "model-archive", location: path, files, engine, manifest, settings },
    ...fromSettings(settings),
    maxBatchSize: settings.batchSize ?? (engine.kind === "onnx" ? null : 1),
  };
}

function withHandler(manifest: Manifest, { handler, runtime }: OpenedAs): Manifest {
  const { model } = manifest;
  return {
    ...manifest,
    ...(runtime !== undefined && { runtime }),
    model: handler === undefined ? model : { ...model, handler },
  };
}

/** A file that is named by what is inside has changed; one whose name came first was named wrongly. */
function otherIdentity(source: ArchiveSource, found: ArchiveIdentity, expected: ArchiveIdentity): LayoutError {
  if (typeof source === "string") return new LayoutError("archive-changed", { archive: source });
  const label = ({ name, version }: ArchiveIdentity): string => `'${name}' version '${version}'`;
  const facts = { location: source.name, expected: label(expected), found: label(found) };
  return new LayoutError("label-mismatch", facts);
}

function identityOf(archive: string, { model }: Manifest): ArchiveIdentity {
  if (!isModelName(model.modelName)) {
    const name = JSON.stringify(model.modelName.slice(0, 100));
    throw new LayoutError("manifest-malformed", {
      archive,
      problem: `names the model ${name}, which is no model name`,
    });
  }
  return { name: model.modelName, version: model.modelVersion };
}

/**
 * A built-in handler with an ONNX file, whatever runtime the archive was packed for, since ours does what TorchServe's of that name
 * does; a handler in Python, or in TypeScript or JavaScript; or no handler and an ONNX file, which answers for itself.
 */
function engineOf(archive: string, files: ModelFiles, { runtime, model }: Manifest): EngineChoice {
  const { handler, serializedFile = null } = model;
  if (serializedFile !== null) expectFile(archive, files, serializedFile);
  const isOnnx = serializedFile?.endsWith(".onnx") ?? false;
  if (handler === undefined && serializedFile !== null && isOnnx) return { kind: "onnx", file: serializedFile };
  const isPython = runtime === "python" || runtime === "python3";
  if (handler === undefined && !isPython) {
    throw new LayoutError("config-unsupported", {
      location: `${archive}!${manifestName}`,
      field: serializedFile === null ? "model without handler" : `serializedFile: ${serializedFile}`,
      instead: "pack the model with a handler, or an .onnx file without one",
    });
  }
  if (handler !== undefined && isBuiltinHandler(handler) && isOnnx) return { kind: "handler", handler, serializedFile };
  if (runtime === "node" && handler !== undefined) {
    if (!isBuiltinHandler(handler)) expectFile(archive, files, handler);
    return { kind: "handler", handler, serializedFile };
  }
  if (!isPython) throw new LayoutError("runtime-unsupported", { location: archive, runtime });
  if (handler !== undefined) expectPython(archive, files, handler);
  const { envelope = null, requirementsFile = null } = model;
  if (requirementsFile !== null) expectFile(archive, files, requirementsFile);
  return { kind: "python", handler: handler ?? "", serializedFile, envelope, requirementsFile };
}

const pythonExtensions = ["", ".py", ".pyc", ".so", "/__init__.py"];

/** The module lies in the archive, or TorchServe's package has one of its name: the worker looks in this order, by the last segment. */
function expectPython(archive: string, files: ModelFiles, handler: string): void {
  const [path = ""] = handler.split(":");
  const module = path.replace(/\.py$/, "").split("/").at(-1) ?? "";
  const isThere = pythonExtensions.some((extension) => files.size(module + extension) !== null);
  if (!isThere && /\.py$|\//.test(path)) expectFile(archive, files, path);
}

function expectFile(archive: string, files: ModelFiles, file: string): void {
  if (files.size(file) === null)
    throw new LayoutError("file-missing", { location: archive, file, found: files.list() });
}
