// Packs a model into a model archive (MAR), as torch-model-archiver does.
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { isBuiltinHandler, isTorchHandler } from "../builtin-handler.ts";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import { isModelName } from "../model-name.ts";
import { archiverVersion, createdOn, type Manifest, manifestName } from "./manifest.ts";
import { type PackedFile, PackingList } from "./packing-list.ts";
import { type Archive, readArchive } from "./read-archive.ts";

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
  /** `zip-store` leaves out compression, which makes large weights quicker to load. */
  readonly archiveFormat?: "default" | "zip-store";
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
 * Writes `<exportPath>/<modelName>.mar`: under another name first, so that nobody sees half of it, and reads its directory back as
 * a server will. Throws `LayoutError`: `model-name`, `archive-exists`, `file-unreadable`, `entry-duplicate`, `entry-path`, and what
 * {@link readArchive} throws for an archive that is too large.
 */
export async function packModel(options: PackOptions, parts: PackParts): Promise<PackedModel> {
  const { modelName, exportPath = ".", force = false } = options;
  if (!isModelName(modelName)) throw new LayoutError("model-name", { name: modelName });
  const path = join(exportPath, `${modelName}.mar`);
  if (!force && existsSync(path)) throw new LayoutError("archive-exists", { archive: path });

  const list = new PackingList(path);
  const now = parts.now();
  const manifest = await manifestOf(options, list, now);
  await mkdir(exportPath, { recursive: true });
  const folder = await mkdtemp(join(exportPath, ".pack-"));
  try {
    const draft = join(folder, "model.mar");
    const stored = options.archiveFormat === "zip-store" ? list.files.map(({ name }) => name) : [];
    const archive = await write(draft, { manifest, files: list.files, now, stored }, parts);
    await rename(draft, path);
    return { path, size: (await stat(path)).size, manifest, files: archive.list() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file that shrinks so much that no server would unpack it is stored as it is, in a second attempt. */
async function write(draft: string, contents: ZipContents, parts: PackParts): Promise<Archive> {
  await pipeline(zipOf(contents, parts), createWriteStream(draft));
  try {
    return await readArchive(draft);
  } catch (error) {
    if (!isLayoutError(error) || error.code !== "entry-ratio") throw error;
    return write(draft, { ...contents, stored: [...contents.stored, error.facts.entry] }, parts);
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

interface ZipContents {
  readonly manifest: Manifest;
  readonly files: readonly PackedFile[];
  readonly now: Date;
  /** Names of the files that are not compressed. */
  readonly stored: readonly string[];
}

function zipOf({ manifest, files, now, stored }: ZipContents, { progress }: PackParts): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  zip.on("error", (error: Error) => output.destroy(error));
  const entry = { mtime: localTwin(now), mode: 0o100644, forceDosTimestamp: true };
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { name, path, size } of files) {
    zip.addReadStreamLazy(name, { ...entry, size, compress: !stored.includes(name) }, (give) => {
      const counted = new PassThrough();
      counted.on("data", (chunk: Buffer) => {
        done += chunk.length;
        progress?.({ file: name, done, total });
      });
      const read = createReadStream(path, { highWaterMark: 1 << 20 });
      read.on("error", (error) => output.destroy(error));
      give(null, read.pipe(counted));
    });
  }
  zip.addBuffer(Buffer.from(JSON.stringify(manifest, null, 2)), manifestName, entry);
  zip.end();
  return output;
}

/** Zip has local times without a zone. This time reads, on this machine, as `now` does in UTC. */
function localTwin(now: Date): Date {
  return new Date(
    now.getUTCFullYear(),
    now.getUTCMonth(),
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}
