// Looks at a model store and tells which versions of which models are in it, whatever their layout.
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { reasonOf } from "@sealserve/primitives";
import { compareVersions } from "@sealserve/serving";
import type { ArchivePlace } from "../archive/open-archive.ts";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import { isModelName } from "../model-name.ts";
import { isWorkflowFile } from "../workflows/workflow-scan.ts";
import { archivePlace, marFolder } from "./archive-place.ts";
import { fileStamp } from "./file-stamp.ts";
import { openArchiveModel, readArchiveIdentity } from "./model-archive.ts";
import { scanModelFolder } from "./model-folder.ts";
import { placeOfOne, renamed } from "./one-model.ts";
import { isExternalData, onnxFileVersions } from "./onnx-file.ts";
import type { OpenedAs, ScannedModel, ScanParts } from "./scanned-model.ts";
import {
  parseSealedFileName,
  type SealedFileName,
  scanSealedFolder,
  sealedArchiveFolder,
  sealedFileVersions,
} from "./sealed-model.ts";
import { storedFault } from "./stored-fault.ts";

/** A model as one entry of the store has it. Entries that are archives of different versions make one model together. */
interface Found extends ScannedModel {
  readonly name: string;
  readonly location: string;
  readonly isArchive: boolean;
}

type Scan = () => Promise<ReadonlyMap<string, ScannedModel>>;

/**
 * A function to call as often as the store is polled; it remembers what it knows of unchanged archives, and tells each problem
 * once. It throws `store-unusable`, or `duplicate-model` where two entries are one version of one model. A model that is broken is
 * listed: its `open` says why.
 */
export function createStoreScan(folder: string, { onProblem, ...others }: ScanParts): Scan {
  const known = new Map<string, KnownArchive>();
  const told = new Set<string>();
  const { modelName, duplicates } = others;
  const parts: ScanParts = {
    ...others,
    onProblem: (problem) => {
      const line = JSON.stringify(problem);
      if (!told.has(line)) onProblem(problem);
      told.add(line);
    },
  };
  return async () => {
    const place = modelName === undefined ? folder : await placeOfOne(folder, parts);
    const entries = await entriesOf(place);
    const whole = modelName === undefined ? null : await scanFolder(modelName, place, parts);
    if (modelName !== undefined && whole) return new Map([[modelName, whole]]);
    const models = new Map<string, Found>();
    for (const entry of entries) {
      const found = await scanEntry(join(place, entry), { ...parts, known });
      if (found) models.set(found.name, merged(found, models.get(found.name), duplicates));
    }
    return modelName === undefined ? models : renamed(modelName, folder, models);
  };
}

/** A folder with versions, sealed or not; null where it is no model. */
async function scanFolder(name: string, folder: string, parts: ScanParts): Promise<ScannedModel | null> {
  return (await scanSealedFolder(name, folder, parts)) ?? (await scanModelFolder(name, folder, parts));
}

/** One look, see {@link createStoreScan}. */
export function scanModelStore(folder: string, parts: ScanParts): Promise<ReadonlyMap<string, ScannedModel>> {
  return createStoreScan(folder, parts)();
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((entry) => !entry.startsWith(".")).sort();
  } catch (error) {
    throw new LayoutError("store-unusable", { folder, problem: problemOf(error) }, error);
  }
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT") return "does not exist; create it, or name another folder with --model-store";
  if (code === "ENOTDIR") return "is a file; put it into a folder, and name that with --model-store";
  if (code === "EACCES" || code === "EPERM")
    return "may not be read by this user; allow it to read and list the folder";
  return `cannot be read: ${reasonOf(error)}`;
}

type Identity = Awaited<ReturnType<typeof readArchiveIdentity>>;

/** What an archive said it is, as long as its file bears this stamp. */
interface KnownArchive {
  readonly stamp: string;
  readonly identity: Identity;
}

interface EntryParts extends ScanParts {
  /** By path. */
  readonly known: Map<string, KnownArchive>;
}

const noName = "cannot name a model; begin with a letter or digit, then letters, digits, . _ -";

/** null for an entry that is no model, after a note about it. */
async function scanEntry(path: string, parts: EntryParts): Promise<Found | null> {
  const passOver = (problem: string): null => {
    parts.onProblem({ location: path, problem });
    return null;
  };
  try {
    const stats = await stat(path);
    const entry = basename(path);
    if (stats.isFile() && isWorkflowFile(entry)) return null;
    const archive = archivePlace(path, stats);
    if (archive) {
      const found = await scanArchive(archive.stem, path, archive.place, parts);
      return isModelName(found.name) ? found : passOver(noName);
    }
    const [, stem = ""] = /^(.*)\.onnx$/.exec(entry) ?? [];
    const sealed = stats.isFile() ? parseSealedFileName(entry) : await sealedArchiveFolder(path);
    const name = sealed?.name ?? (stats.isDirectory() ? entry : stem);
    if (stats.isFile() && isExternalData(entry) && stem === "" && !sealed) return null;
    if (name === "" || !(stats.isDirectory() || stats.isFile())) {
      return passOver(
        "is no model: expected name.onnx, name.mar, name.tar.gz, a sealed one of them (.age), or a folder with numbered versions or MAR-INF",
      );
    }
    if (!isModelName(name)) return passOver(noName);
    if (sealed) return sealedModel(sealed, path, parts);
    const found = stats.isFile()
      ? { versions: onnxFileVersions(name, path), policy: null }
      : await scanFolder(name, path, parts);
    if (found === null) return passOver("is no model: it has no config.pbtxt and no numbered version");
    return { ...found, name, location: path, isArchive: false };
  } catch (error) {
    if (isLayoutError(error)) throw error;
    // Gone since the folder was listed, or not ours to read: the others are served.
    return passOver(`cannot be read: ${reasonOf(error)}`);
  }
}

/**
 * An archive that is broken counts as a version of the model that its file is named after, so that its state can be asked. One that
 * cannot be read just now stays what it was.
 */
async function scanArchive(stem: string, path: string, place: ArchivePlace, { known }: EntryParts): Promise<Found> {
  const before = known.get(path);
  const stamp = await fileStamp([place.form === "folder" ? join(path, marFolder) : path]);
  let identity: Identity = before?.identity ?? { name: stem, version: "1.0", fault: "unreadable" };
  if (before?.stamp !== stamp) {
    try {
      identity = await readArchiveIdentity(place, stem);
      known.set(path, { stamp, identity });
    } catch (error) {
      if (!isLayoutError(error)) throw error;
      if (error.code !== "file-unreadable") {
        identity = { name: stem, version: "1.0", fault: storedFault(error) };
        known.set(path, { stamp, identity });
      }
    }
  }
  const { name, version, fault } = identity;
  const item = {
    location: path,
    open: (_: AbortSignal, as?: OpenedAs) => openArchiveModel(place, { name, version }, as),
    stamp: () => fileStamp([path]),
  };
  // TorchServe serves every archive in its store.
  const versions = [{ version, item, ...(fault && { fault }) }];
  return { name, location: path, isArchive: true, policy: { kind: "all" }, versions };
}

function sealedModel(file: SealedFileName, path: string, parts: ScanParts): Found {
  const isArchive = file.kind !== "onnx";
  const versions = sealedFileVersions(file, path, parts);
  return { name: file.name, location: path, isArchive, policy: isArchive ? { kind: "all" } : null, versions };
}

function merged(found: Found, before: Found | undefined, duplicates: ScanParts["duplicates"]): Found {
  if (before === undefined) return found;
  const [version] = found.versions;
  const same = before.versions.find((other) => compareVersions(other.version, version?.version ?? "") === 0);
  if (!found.isArchive || !before.isArchive || same) {
    if (duplicates === "by-entry") return { ...before, others: [...(before.others ?? []), ...found.versions] };
    const first = before.isArchive && same ? same.item.location : before.location;
    const locations = [first, found.location] as const;
    throw new LayoutError("duplicate-model", { model: found.name, locations });
  }
  const versions = [...before.versions, ...found.versions].sort((a, b) => compareVersions(a.version, b.version));
  return { ...before, versions };
}
