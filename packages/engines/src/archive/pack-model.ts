// Packs a model into a model archive (MAR), as torch-model-archiver does.
import { createWriteStream, existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isBuiltinHandler, isTorchHandler } from "../builtin-handler.ts";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import { isModelName } from "../model-name.ts";
import { defaultArchiveLimits } from "./archive-limits.ts";
import { archiverVersion, createdOn, type Manifest, manifestName } from "./manifest.ts";
import type { PackContents } from "./pack-contents.ts";
import { writeArchiveFolder } from "./pack-folder.ts";
import { type TarContents, tarOf } from "./pack-tar.ts";
import { type ZipContents, zipOf } from "./pack-zip.ts";
import { type PackedFile, PackingList } from "./packing-list.ts";
import { readArchive } from "./read-archive.ts";
import { eachTarEntry } from "./tar-entries.ts";

/** The flags of torch-model-archiver, by their own names. */
export interface PackOptions {
  readonly modelName: string;
  /** Default "1.0". */
  readonly version?: string;
  readonly serializedFile?: string;
  /** A file, in Python with the function behind a colon or without, or the name of a built-in handler. Left out: the serialized file answers for itself. */
  readonly handler?: string;
  /** Files, directories (their contents) and patterns. */
  readonly extraFiles?: readonly string[];
  readonly configFile?: string;
  /** The model's class in Python, where the serialized file holds weights only. */
  readonly modelFile?: string;
  /** What a Python handler needs, as pip reads it. */
  readonly requirementsFile?: string;
  /** Default: "python" for a handler in Python, else "node". */
  readonly runtime?: string;
  /** Folder to write to; made if it is not there. Default: the current one. */
  readonly exportPath?: string;
  /** Replace an archive that is there. */
  readonly force?: boolean;
  /** `zip-store` leaves out compression, which makes large weights quicker to load; `tgz` is a compressed tar, `no-archive` a folder. */
  readonly archiveFormat?: "default" | "zip-store" | "tgz" | "no-archive";
}

export interface PackProgress {
  readonly file: string;
  /** Bytes read so far, and in all. */
  readonly done: number;
  readonly total: number;
}

export interface PackParts {
  /** Two archives of the same files packed at the same `now` are equal, byte for byte. */
  readonly now: () => Date;
  readonly progress?: (progress: PackProgress) => void;
}

export interface PackedModel {
  readonly path: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly manifest: Manifest;
  /** Names in the archive, the manifest included. */
  readonly files: readonly string[];
}

/**
 * Writes `<exportPath>/<modelName>.mar`, `.tar.gz` or a folder: under another name first, so that nobody sees half of it, and reads it back as a
 * server will. Throws `LayoutError`: `model-name`, `archive-exists`, `file-unreadable`, `entry-duplicate`, `entry-path`, and what reading an archive
 * throws that is too large.
 */
export async function packModel(options: PackOptions, parts: PackParts): Promise<PackedModel> {
  const { modelName, exportPath = ".", force = false, archiveFormat = "default" } = options;
  if (!isModelName(modelName)) throw new LayoutError("model-name", { name: modelName });
  const path = join(exportPath, `${modelName}${endings[archiveFormat]}`);
  if (existsSync(path) && !(force && mayGo(path))) throw new LayoutError("archive-exists", { archive: path });

  const list = new PackingList(path);
  const now = parts.now();
  const manifest = await manifestOf(options, list, now);
  await mkdir(exportPath, { recursive: true });
  const folder = await mkdtemp(join(exportPath, ".pack-"));
  try {
    const draft = join(folder, "model");
    const { files } = list;
    const contents = { manifest: JSON.stringify(manifest, null, 2), files, now, onRead: reading(files, parts) };
    await write(draft, options, contents);
    const names = [manifestName, ...files.map(({ name }) => name)].sort();
    const size = archiveFormat === "no-archive" ? sizeOf(contents) : (await stat(draft)).size;
    if (archiveFormat === "no-archive") await rm(path, { recursive: true, force: true });
    await rename(draft, path);
    return { path, size, manifest, files: names };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const endings = { default: ".mar", "zip-store": ".mar", tgz: ".tar.gz", "no-archive": "" } as const;

/** A folder that is no archive holds what somebody else put there. */
function mayGo(path: string): boolean {
  return statSync(path).isFile() || existsSync(join(path, manifestName));
}

function sizeOf({ files, manifest }: PackContents): number {
  return files.reduce((sum, { size }) => sum + size, Buffer.byteLength(manifest));
}

function reading(files: readonly PackedFile[], { progress }: PackParts): PackContents["onRead"] {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  return (file, bytes) => {
    done += bytes;
    progress?.({ file, done, total });
  };
}

function write(draft: string, { modelName, archiveFormat }: PackOptions, contents: PackContents): Promise<void> {
  if (archiveFormat === "no-archive") return writeArchiveFolder(draft, contents);
  if (archiveFormat === "tgz") return writeTar(draft, { ...contents, folder: modelName, isCompressed: true });
  const stored = archiveFormat === "zip-store" ? contents.files.map(({ name }) => name) : [];
  return writeZip(draft, { ...contents, stored });
}

/** A file that shrinks so much that no server would unpack it is stored as it is, in a second attempt. */
async function writeZip(draft: string, contents: ZipContents): Promise<void> {
  await pipeline(zipOf(contents), createWriteStream(draft));
  try {
    await readArchive(draft);
  } catch (error) {
    if (!isLayoutError(error) || error.code !== "entry-ratio") throw error;
    await writeZip(draft, { ...contents, stored: [...contents.stored, error.facts.entry] });
  }
}

/** Likewise, but whole: a tar is compressed from its beginning to its end. */
async function writeTar(draft: string, contents: TarContents): Promise<void> {
  await pipeline(tarOf(contents), createWriteStream(draft));
  try {
    await eachTarEntry(draft, defaultArchiveLimits, async ({ content }) => {
      for await (const _ of content);
      return false;
    });
  } catch (error) {
    if (!isLayoutError(error) || error.code !== "entry-ratio" || !contents.isCompressed) throw error;
    await writeTar(draft, { ...contents, isCompressed: false });
  }
}

async function manifestOf(options: PackOptions, list: PackingList, now: Date): Promise<Manifest> {
  const {
    modelName,
    version = "1.0",
    serializedFile,
    handler,
    extraFiles = [],
    configFile,
    modelFile,
    requirementsFile,
    runtime = isPython(handler) ? "python" : "node",
  } = options;
  const add = async (path: string | undefined) => (path === undefined ? undefined : await list.addFile(path));
  const model = {
    modelName,
    serializedFile: await add(serializedFile),
    handler: await addHandler(handler, list),
    modelFile: await add(modelFile),
    modelVersion: version,
    configFile: await add(configFile),
    requirementsFile: await add(requirementsFile),
  };
  for (const pattern of extraFiles) await list.addExtra(pattern);
  const given = Object.fromEntries(Object.entries(model).filter(([, value]) => value !== undefined));
  return { createdOn: createdOn(now), runtime, model: given as Manifest["model"], archiverVersion };
}

/** As the manifest names it. Handlers that a server has are not in the archive. */
async function addHandler(handler: string | undefined, list: PackingList): Promise<string | undefined> {
  if (handler === undefined || isBuiltinHandler(handler) || isTorchHandler(handler)) return handler;
  const [file = "", ...rest] = isPython(handler) ? handler.split(":") : [handler];
  return [await list.addFile(handlerFile(file)), ...rest].join(":");
}

function isPython(handler: string | undefined): boolean {
  if (handler === undefined) return false;
  const [file = ""] = handler.split(":");
  return isTorchHandler(handler) || handlerFile(file).endsWith(".py");
}

/** As with the original, a Python handler may be named without its extension. */
function handlerFile(handler: string): string {
  if (extname(handler) !== "" || existsSync(handler)) return handler;
  return [".ts", ".js", ".mjs", ".py"].map((extension) => handler + extension).find(existsSync) ?? handler;
}
