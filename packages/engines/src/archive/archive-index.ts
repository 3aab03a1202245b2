// Reads the directory of an archive and refuses the archive whole if any entry is not plain, before anything is unpacked.
import { reasonOf } from "@sealserve/primitives";
import type { Entry, ZipFile } from "yauzl";
import { LayoutError } from "../layout-error.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { foldedName, parseEntryName } from "./entry-name.ts";

/** Files of the archive by name, in the order of the directory. */
export type ArchiveIndex = ReadonlyMap<string, Entry>;

const fileTypeMask = 0o170000;
const typeNames: ReadonlyMap<number, string> = new Map([
  [0o010000, "a named pipe"],
  [0o020000, "a character device"],
  [0o060000, "a block device"],
  [0o120000, "a symbolic link"],
  [0o140000, "a socket"],
]);

/** Throws `LayoutError` for the first entry that is refused; a fault of the zip format itself is thrown as yauzl words it. */
export async function readIndex(archive: string, zip: ZipFile, limits: ArchiveLimits): Promise<ArchiveIndex> {
  if (zip.entryCount > limits.maxEntries) {
    throw new LayoutError("too-many-entries", { archive, limit: limits.maxEntries, found: zip.entryCount });
  }
  const files = new Map<string, Entry>();
  const seen = new Map<string, string>();
  const all: { name: string; entry: Entry }[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const { name, isDirectory } = checkedName(archive, entry);
    checkType(archive, name, isDirectory, entry);
    checkSize(archive, name, isDirectory, entry, limits);
    total += entry.uncompressedSize;
    if (total > limits.maxTotalSize) {
      throw new LayoutError("archive-too-large", { archive, limit: limits.maxTotalSize, found: total });
    }
    const other = seen.get(foldedName(name));
    if (other !== undefined) throw new LayoutError("entry-duplicate", { archive, entry: name, other });
    seen.set(foldedName(name), name);
    all.push({ name, entry });
    if (!isDirectory) files.set(name, entry);
  }
  checkParents(archive, files);
  await checkLocalHeaders(archive, zip, all);
  return files;
}

function checkedName(archive: string, entry: Entry): { name: string; isDirectory: boolean } {
  const parsed = parseEntryName(entry.fileNameRaw);
  if ("problem" in parsed) {
    throw new LayoutError("entry-path", { archive, entry: parsed.refused, problem: parsed.problem });
  }
  return parsed;
}

/** The upper half of the external attributes holds a Unix file mode, whatever system the entry says it was made on. */
function checkType(archive: string, name: string, isDirectory: boolean, entry: Entry): void {
  const type = (entry.externalFileAttributes >>> 16) & fileTypeMask;
  const plain = isDirectory ? 0o040000 : 0o100000;
  if (type !== 0 && type !== plain) {
    const problem = typeNames.get(type) ?? `of another type (mode ${type.toString(8)}) than its name says`;
    throw new LayoutError("entry-type", { archive, entry: name, problem });
  }
  if (entry.isEncrypted()) throw new LayoutError("entry-encrypted", { archive, entry: name });
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new LayoutError("entry-compression", { archive, entry: name, method: entry.compressionMethod });
  }
}

function checkSize(archive: string, name: string, isDirectory: boolean, entry: Entry, limits: ArchiveLimits): void {
  const { compressedSize: packed, uncompressedSize: unpacked } = entry;
  if (entry.compressionMethod === 0 && packed !== unpacked) {
    throw new LayoutError("entry-size", { archive, entry: name, expected: unpacked, found: packed });
  }
  if (isDirectory && unpacked !== 0) {
    throw new LayoutError("entry-size", { archive, entry: name, expected: 0, found: unpacked });
  }
  if (unpacked > packed * limits.maxRatio) {
    const found = Math.ceil(unpacked / Math.max(packed, 1));
    throw new LayoutError("entry-ratio", { archive, entry: name, limit: limits.maxRatio, found });
  }
}

/** No file may also be the directory of another. */
function checkParents(archive: string, files: ArchiveIndex): void {
  const folded = new Map([...files.keys()].map((name) => [foldedName(name), name]));
  for (const name of files.keys()) {
    for (let at = name.indexOf("/"); at !== -1; at = name.indexOf("/", at + 1)) {
      const other = folded.get(foldedName(name.slice(0, at)));
      if (other !== undefined) throw new LayoutError("entry-duplicate", { archive, entry: name, other });
    }
  }
}

/**
 * Each entry is described twice, in the directory and before its data. Readers differ in which they believe, so the two must
 * agree; and no two entries may share bytes, which is how a small archive unpacks to a huge one.
 */
async function checkLocalHeaders(archive: string, zip: ZipFile, all: { name: string; entry: Entry }[]): Promise<void> {
  const inOrder = all.toSorted((a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader);
  let end = 0;
  let other = "";
  for (const { name, entry } of inOrder) {
    if (entry.relativeOffsetOfLocalHeader < end) {
      throw new LayoutError("entry-overlap", { archive, entry: name, other });
    }
    const local = await localHeader(archive, zip, name, entry);
    const problem = disagreement(entry, local);
    if (problem !== null) throw new LayoutError("entry-malformed", { archive, entry: name, problem });
    end = local.fileDataStart + entry.compressedSize;
    other = name;
  }
}

/** yauzl refuses a header that is not there, and data that go beyond the end of the archive. */
async function localHeader(archive: string, zip: ZipFile, name: string, entry: Entry): Promise<LocalHeader> {
  try {
    return await zip.readLocalFileHeaderPromise(entry, { minimal: false });
  } catch (error) {
    throw new LayoutError("entry-malformed", { archive, entry: name, problem: reasonOf(error) }, error);
  }
}

type LocalHeader = Awaited<ReturnType<ZipFile["readLocalFileHeaderPromise"]>> & {
  readonly fileName: Buffer;
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
};

const inZip64Field = 0xffffffff;
const sizesFollowData = 0x8;

function disagreement(entry: Entry, local: LocalHeader): string | null {
  const differs = (what: string) => `its two headers disagree about its ${what}`;
  if (!local.fileName.equals(entry.fileNameRaw)) return differs("name");
  if (local.compressionMethod !== entry.compressionMethod) return differs("compression");
  if ((local.generalPurposeBitFlag & 1) !== 0) return differs("encryption");
  if ((local.generalPurposeBitFlag & sizesFollowData) !== 0) return null;
  for (const size of ["compressedSize", "uncompressedSize"] as const) {
    if (local[size] !== inZip64Field && local[size] !== entry[size]) return differs("size");
  }
  return null;
}
