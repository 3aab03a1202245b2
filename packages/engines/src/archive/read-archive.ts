// A model archive (MAR) as the files of a model: checked whole when it is opened, unpacked in memory when a file is read.
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import type { Entry } from "yauzl";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";
import { readIndex } from "./archive-index.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archive-limits.ts";
import { type ArchiveSource, malformed, type OpenZip, openZip, sourceName } from "./zip-source.ts";

export interface Archive extends ModelFiles {
  /** Unpacks the named files into nothing. Throws as `read` does: for the first whose data are not what the archive says. */
  verify(names: readonly string[]): Promise<void>;
}

/**
 * Opens the archive and checks everything that can be known without unpacking; nothing is ever written to disk, and no file
 * stays open. Throws `LayoutError`: `file-unreadable`, `archive-malformed`, `archive-too-large`, `too-many-entries`, and the
 * `entry-…` codes with the entry that is refused. `read` throws `entry-size`, `entry-checksum` or `entry-malformed` where
 * data are not as promised, and stops at the promised size; `archive-changed` if the file was replaced in between.
 */
export async function readArchive(
  source: ArchiveSource,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<Archive> {
  const archive = sourceName(source);
  using opened = await openZip(source);
  const { stamp } = opened;
  const index = await indexOf(source, opened, limits);
  const names = [...index.keys()].sort();

  async function unpack(name: string, take: Take): Promise<void> {
    const entry = index.get(name);
    if (entry === undefined) throw new LayoutError("file-missing", { location: archive, file: name, found: names });
    using again = await openZip(source);
    if (again.stamp !== stamp) throw new LayoutError("archive-changed", { archive });
    await unpackEntry(again, { archive, name, entry, take });
  }

  return {
    list: () => names,
    size: (name) => index.get(name)?.uncompressedSize ?? null,
    path: () => null,
    read: async (name) => {
      const bytes = new Uint8Array(index.get(name)?.uncompressedSize ?? 0);
      await unpack(name, (chunk, at) => bytes.set(chunk, at));
      return bytes;
    },
    stream: (name, take, signal) =>
      unpack(name, (chunk) => {
        signal.throwIfAborted();
        take(chunk);
      }),
    verify: async (list) => {
      for (const name of list) await unpack(name, () => {});
    },
  };
}

async function indexOf(source: ArchiveSource, { zip }: OpenZip, limits: ArchiveLimits) {
  try {
    return await readIndex(sourceName(source), zip, limits);
  } catch (error) {
    throw isLayoutError(error) ? error : malformed(source, error);
  }
}

/** Sees each unpacked chunk, and where in the file it belongs. */
type Take = (chunk: Uint8Array, at: number) => void;

interface Unpacking {
  readonly archive: string;
  readonly name: string;
  readonly entry: Entry;
  readonly take: Take;
}

async function unpackEntry({ zip }: OpenZip, { archive, name, entry, take }: Unpacking): Promise<void> {
  const expected = entry.uncompressedSize;
  let found = 0;
  let checksum = 0;
  let refusal: { readonly error: unknown } | null = null;
  const give: Take = (chunk, at) => {
    try {
      take(chunk, at);
    } catch (error) {
      refusal = { error };
      throw error;
    }
  };
  const takeAll = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      if (found + chunk.length > expected) {
        throw new LayoutError("entry-size", { archive, entry: name, expected, found: found + chunk.length });
      }
      give(chunk, found);
      found += chunk.length;
      checksum = crc32(chunk, checksum);
    }
  };
  try {
    const packed: Readable = await zip.openReadStreamPromise(entry, { decodeFileData: false });
    if (entry.compressionMethod === 0) await pipeline(packed, takeAll);
    else await pipeline(packed, createInflateRaw({ chunkSize: 256 * 1024 }), takeAll);
  } catch (error) {
    if (isLayoutError(error) || refusal) throw error;
    throw new LayoutError("entry-malformed", { archive, entry: name, problem: "its data are damaged" }, error);
  }
  if (found !== expected) throw new LayoutError("entry-size", { archive, entry: name, expected, found });
  if (checksum !== entry.crc32) throw new LayoutError("entry-checksum", { archive, entry: name });
}
