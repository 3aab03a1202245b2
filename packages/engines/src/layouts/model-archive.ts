// A model store entry `name.mar`, or another form of a model archive: one version of the model that its manifest names.
import type { StoredFault } from "@sealserve/inference";
import { type Manifest, manifestName, maxManifestSize, parseManifest, readManifest } from "../archive/manifest.ts";
import { type ArchivePlace, openArchive, placeName } from "../archive/open-archive.ts";
import type { Archive } from "../archive/read-archive.ts";
import { readTarballFile } from "../archive/read-tarball.ts";
import { isBuiltinHandler } from "../builtin-handler.ts";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import type { EngineChoice, ModelDefinition } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";
import { isModelName } from "../model-name.ts";
import { readSettings } from "./archive-settings.ts";
import { definitionDefaults } from "./definition-defaults.ts";
import { fromSettings } from "./from-settings.ts";
import type { OpenedAs } from "./scanned-model.ts";
import { storedFault } from "./stored-fault.ts";

export interface ArchiveIdentity {
  readonly name: string;
  readonly version: string;
}

/**
 * What the archive says it is, and whether nothing here runs what it asks for; one without a name is called `stem`. Throws `LayoutError` for one that
 * is refused.
 */
export async function readArchiveIdentity(
  place: ArchivePlace,
  stem: string,
): Promise<ArchiveIdentity & { readonly fault?: StoredFault }> {
  try {
    const manifest = await manifestOf(place);
    const isRuntime = runtimes.includes(manifest.runtime);
    return { ...identityOf(placeName(place), manifest), ...(isRuntime ? {} : { fault: "bad-runtime" }) };
  } catch (error) {
    if (!isLayoutError(error) || storedFault(error) !== "no-name") throw error;
    // It is registered by a call that names it, as the version that it says it is.
    const { model } = await manifestOf(place, stem);
    return { name: stem, version: model.modelVersion, fault: "no-name" };
  }
}

/** Of a tar it reads no more than it must. */
async function manifestOf(place: ArchivePlace, stem?: string): Promise<Manifest> {
  const name = placeName(place);
  if (place.form !== "tgz") return readManifest(name, await openArchive(place), stem);
  const bytes = await readTarballFile(place.source, manifestName, maxManifestSize);
  if (!bytes) throw new LayoutError("manifest-missing", { archive: name });
  return parseManifest(name, bytes, stem);
}

/** TorchServe's own and ours. */
const runtimes: readonly string[] = ["python", "python3", "LSP", "node"];

/**
 * Opens the archive whole: every entry but the model itself, which the engine reads next, is unpacked once and checked. An archive without a
 * manifest, or without a name, can be opened under a name that is given.
 */
export async function openArchiveModel(
  place: ArchivePlace,
  expected: ArchiveIdentity,
  as: OpenedAs = {},
): Promise<ModelDefinition> {
  const files = await openArchive(place);
  try {
    return await definitionOf(place, files, expected, as);
  } catch (error) {
    // What somebody else opened is theirs to close.
    if (place.form !== "files") await files.close?.();
    throw error;
  }
}

async function definitionOf(
  place: ArchivePlace,
  files: Archive,
  expected: ArchiveIdentity,
  as: OpenedAs,
): Promise<ModelDefinition> {
  const path = placeName(place);
  const manifest = await readManifest(path, files, as.name === undefined ? undefined : expected.name);
  const { name, version } = identityOf(path, manifest);
  if (name !== expected.name || version !== expected.version) throw otherIdentity(place, { name, version }, expected);
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
function otherIdentity(place: ArchivePlace, found: ArchiveIdentity, expected: ArchiveIdentity): LayoutError {
  const location = placeName(place);
  const namedInside = place.form === "folder" || (place.form !== "files" && typeof place.source === "string");
  if (namedInside) return new LayoutError("archive-changed", { archive: location });
  const label = ({ name, version }: ArchiveIdentity): string => `'${name}' version '${version}'`;
  const facts = { location, expected: label(expected), found: label(found) };
  return new LayoutError("label-mismatch", facts);
}

function identityOf(archive: string, { model }: Manifest): ArchiveIdentity {
  if (!isModelName(model.modelName)) {
    const name = JSON.stringify(model.modelName.slice(0, 100));
    throw new LayoutError("manifest-malformed", {
      archive,
      fault: "name",
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
  // The folder of its path is searched before all others.
  if (/^\/|(?:^|\/)\.\.(?:\/|$)/.test(path) || /[:/]/.test(handler.slice(path.length + 1)))
    expectFile(archive, files, handler);
}

function expectFile(archive: string, files: ModelFiles, file: string): void {
  if (files.size(file) === null)
    throw new LayoutError("file-missing", { location: archive, file, found: files.list() });
}
