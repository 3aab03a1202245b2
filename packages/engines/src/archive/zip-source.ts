// Opens a zip archive that lies in a file or in memory, as often as it is needed.
import { close, fstat, open } from "node:fs";
import { promisify } from "node:util";
import { reasonOf } from "@sealserve/primitives";
import { fromBufferPromise, fromFdPromise, fromRandomAccessReaderPromise, type ZipFile } from "yauzl";
import { LayoutError } from "../layout-error.ts";
import { RandomArchive, type RandomBytes } from "./random-archive.ts";

/** The path of an archive, or its bytes, in memory or wherever they can be read from, with the name to use in messages. */
export type ArchiveSource =
  | string
  | { readonly name: string; readonly bytes: Uint8Array }
  | ({ readonly name: string } & RandomBytes);

export interface OpenZip extends Disposable {
  readonly zip: ZipFile;
  /** Equal for two openings of the same unchanged file. */
  readonly stamp: string;
}

/** Names are checked by us, byte for byte; yauzl would repair them. Sizes likewise, with our own errors. */
const options = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: false };

export function sourceName(source: ArchiveSource): string {
  return typeof source === "string" ? source : source.name;
}

/** Throws `archive-malformed` for what is no zip file, `file-unreadable` for what cannot be opened. */
export async function openZip(source: ArchiveSource): Promise<OpenZip> {
  const { fd, stamp } = typeof source === "string" ? await openFile(source) : { fd: null, stamp: "" };
  let zip: ZipFile;
  try {
    zip = typeof source === "string" ? await fromFdPromise(fd ?? -1, options) : await openBytes(source);
  } catch (error) {
    if (fd !== null) await promisify(close)(fd);
    throw malformed(source, error);
  }
  return { zip, stamp, [Symbol.dispose]: () => zip.close() };
}

function openBytes(source: Exclude<ArchiveSource, string>): Promise<ZipFile> {
  if (!("bytes" in source)) return fromRandomAccessReaderPromise(new RandomArchive(source), source.size, options);
  const { buffer, byteOffset, length } = source.bytes;
  return fromBufferPromise(Buffer.from(buffer, byteOffset, length), options);
}

export function malformed(source: ArchiveSource, cause: unknown): LayoutError {
  return new LayoutError("archive-malformed", { archive: sourceName(source), problem: reasonOf(cause) }, cause);
}

async function openFile(path: string): Promise<{ fd: number; stamp: string }> {
  try {
    const fd = await promisify(open)(path, "r");
    const { dev, ino, size, mtimeNs } = await promisify(fstat)(fd, { bigint: true });
    return { fd, stamp: [dev, ino, size, mtimeNs].join(":") };
  } catch (error) {
    throw new LayoutError("file-unreadable", { location: path, file: path, problem: reasonOf(error) }, error);
  }
}
