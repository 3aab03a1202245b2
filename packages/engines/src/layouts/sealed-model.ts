// Model store entries that lie sealed: `name.onnx.age`, `name.mar.age`, `name.tar.gz.age`, and folders with a `manifest.age`. What is inside is laid out as it would be unsealed.
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { compareVersions } from "@sealserve/serving";
import { LayoutError } from "../layout-error.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { ModelFiles } from "../model-files.ts";
import { marFolder } from "./archive-place.ts";
import { definitionDefaults } from "./definition-defaults.ts";
import { fileStamp } from "./file-stamp.ts";
import { filesBelow } from "./files-below.ts";
import { openArchiveModel } from "./model-archive.ts";
import { configName, type FolderVersion, plainDefinition, tritonDefinition } from "./model-folder.ts";
import { openedAs } from "./opened-as.ts";
import type { OpenedAs, ScannedModel, ScannedVersion, ScanParts } from "./scanned-model.ts";
import type { SealedContent, SealedOpener } from "./sealed-opener.ts";
import { parseVersion } from "./version-name.ts";

export const sealedSuffix = ".age";
const manifestName = "manifest.age";

/** What a sealed file's name says: what is inside cannot be asked before there is a key. */
export interface SealedFileName {
  readonly name: string;
  readonly version: string;
  readonly kind: (typeof sealedKinds)[number] | "folder";
}

const sealedKinds = ["onnx", "mar", "tar.gz", "tgz"] as const;

/** `name.onnx.age`, `name.mar.age` (version 1.0) or `name@version.mar.age`; null for another name. */
export function parseSealedFileName(entry: string): SealedFileName | null {
  const [, name = "", version, extension] = /^([^@]*)(?:@([^@]+?))?\.(onnx|mar|tar\.gz|tgz)\.age$/.exec(entry) ?? [];
  const kind = sealedKinds.find((each) => each === extension);
  if (name === "" || kind === undefined) return null;
  return { name, version: version ?? (kind === "onnx" ? "1" : "1.0"), kind };
}

/** `name/` or `name@version/`, a sealed folder that is a model archive; null for another one. */
export async function sealedArchiveFolder(folder: string): Promise<SealedFileName | null> {
  const entries = await readdir(folder).catch((): string[] => []);
  if (!entries.includes(manifestName) || !entries.includes(marFolder)) return null;
  const [, name = "", version = "1.0"] = /^([^@]*)(?:@([^@]+))?$/.exec(basename(folder)) ?? [];
  return name === "" ? null : { name, version, kind: "folder" };
}

export function sealedFileVersions(file: SealedFileName, path: string, parts: ScanParts): readonly ScannedVersion[] {
  const { name, version, kind } = file;
  const inner = `${name}.${kind}`;
  const open = async (signal: AbortSignal, as?: OpenedAs): Promise<ModelDefinition> => {
    // Whoever has keys is told the name by which the model is asked.
    const sealed = { model: as?.name ?? name, version, path };
    const opener = openerOf(path, parts);
    const content = await (kind === "folder"
      ? opener.openDirectory(sealed, signal)
      : opener.openFile(sealed, inner, signal));
    return closing(content, async () => {
      if (kind !== "onnx") return openedAs(await openSealedArchive(file, path, content), as);
      const engine = { kind: "onnx", file: inner } as const;
      const { files } = content;
      return openedAs({ ...definitionDefaults, name, version, layout: "onnx-file", location: path, files, engine }, as);
    });
  };
  return [{ version, item: { location: path, open, stamp: () => fileStamp([path]) } }];
}

/** The archive's own manifest must say what its file name says, or a file that was renamed would be served as another model. */
async function openSealedArchive(
  { name, version, kind }: SealedFileName,
  path: string,
  { files, random }: SealedContent,
): Promise<ModelDefinition> {
  if (kind === "folder") {
    const definition = await openArchiveModel({ form: "files", name: path, files }, { name, version });
    return { ...definition, memoryOnly: true };
  }
  const inside = await random(`${name}.${kind}`);
  const source = { name: path, size: inside.size, read: (at: number, length: number) => inside.read(at, length) };
  const place =
    kind === "mar" ? ({ form: "zip", source } as const) : ({ form: "tgz", source, memoryOnly: true } as const);
  const definition = await openArchiveModel(place, { name, version });
  const close = async (): Promise<void> => {
    await definition.files.close?.();
    await files.close?.();
  };
  return { ...definition, memoryOnly: true, files: { ...definition.files, close } };
}

/** null where the folder is not sealed. Sealed folders keep their versions' names, but not what is in their configuration. */
export async function scanSealedFolder(name: string, folder: string, parts: ScanParts): Promise<ScannedModel | null> {
  const entries = await readdir(folder);
  if (!entries.includes(manifestName)) return null;
  const versions = new Map<string, string>();
  for (const entry of entries.sort()) {
    const version = parseVersion(entry);
    if (version && !versions.has(version)) versions.set(version, entry);
  }
  const scanned = [...versions]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, entry]): ScannedVersion => {
      const open = (signal: AbortSignal, as?: OpenedAs) =>
        openFolderVersion({ name, version, folder, entry, as }, parts, signal);
      return { version, item: { location: folder, open, stamp: () => fileStamp([folder]) } };
    });
  return { versions: scanned, policy: null };
}

interface SealedFolderVersion {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** The folder of the version, relative to `folder`. */
  readonly entry: string;
  readonly as: OpenedAs | undefined;
}

async function openFolderVersion(
  { name, version, folder, entry, as }: SealedFolderVersion,
  parts: ScanParts,
  signal: AbortSignal,
): Promise<ModelDefinition> {
  const content = await openerOf(folder, parts).openDirectory(
    { model: as?.name ?? name, version, path: folder },
    signal,
  );
  return closing(content, async () => {
    const model: FolderVersion = { name, version, folder, location: folder };
    const files = filesBelow(content.files, entry);
    if (content.files.size(configName) === null) return openedAs(plainDefinition(model, files), as);
    return openedAs(tritonDefinition(model, await readConfigText(folder, content.files), files, parts), as);
  });
}

const maxConfigSize = 1 << 20;

async function readConfigText(folder: string, files: ModelFiles): Promise<string> {
  const size = files.size(configName) ?? 0;
  if (size > maxConfigSize) {
    const expected = `at most ${maxConfigSize} bytes`;
    throw new LayoutError("config-value", { location: folder, field: configName, expected, found: `${size} bytes` });
  }
  return new TextDecoder().decode(await files.read(configName));
}

function openerOf(location: string, { sealed }: ScanParts): SealedOpener {
  if (!sealed) throw new LayoutError("identity-missing", { location });
  return sealed;
}

/** What was opened for a definition that cannot be made is closed. */
async function closing<T>({ files }: SealedContent, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await files.close?.();
    throw error;
  }
}
