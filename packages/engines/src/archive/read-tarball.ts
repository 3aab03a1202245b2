// A model archive that is a compressed tar (`.tar.gz`), as the files of a model: unpacked once, where nobody else sees it.
import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LayoutError } from "../layout-error.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archive-limits.ts";
import type { Archive } from "./read-archive.ts";
import { eachTarEntry } from "./tar-entries.ts";
import { type ArchiveSource, sourceName } from "./zip-source.ts";

export interface TarballOptions {
  /** Keeps it in memory; else it lies in a file that has no name, and goes with this process at the latest. */
  readonly memoryOnly: boolean;
  readonly limits?: ArchiveLimits;
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

/** Where all files of one archive lie, one behind the other. */
interface Spool {
  write(chunk: Uint8Array): Promise<void>;
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const pieceSize = 1 << 20;

/** A tar has no directory and cannot be read in any order, so it is unpacked when it is opened. Throws what {@link eachTarEntry} throws. */
export async function readTarball(source: ArchiveSource, options: TarballOptions): Promise<Archive> {
  const { memoryOnly, limits = defaultArchiveLimits } = options;
  const archive = sourceName(source);
  const index = new Map<string, Place>();
  const spool = memoryOnly ? memorySpool() : await fileSpool();
  let end = 0;
  try {
    await eachTarEntry(source, limits, async ({ name, size, content }) => {
      index.set(name, { offset: end, size });
      for await (const chunk of content) await spool.write(chunk);
      end += size;
      return false;
    });
  } catch (error) {
    await spool.close();
    throw error;
  }
  const names = [...index.keys()].sort();
  const placeOf = (name: string): Place => {
    const place = index.get(name);
    if (!place) throw new LayoutError("file-missing", { location: archive, file: name, found: names });
    return place;
  };
  return {
    list: () => names,
    size: (name) => index.get(name)?.size ?? null,
    path: () => null,
    read: async (name) => {
      const { offset, size } = placeOf(name);
      return spool.read(offset, size);
    },
    async stream(name, take, signal) {
      const { offset, size } = placeOf(name);
      for (let done = 0; done < size; done += pieceSize) {
        signal.throwIfAborted();
        take(await spool.read(offset + done, Math.min(pieceSize, size - done)));
      }
    },
    // All of it was read, and gzip's own checksum with it.
    verify: async () => {},
    close: () => spool.close(),
  };
}

/** One file of the archive, and no more of it than is needed; null where it is not there. */
export async function readTarballFile(
  source: ArchiveSource,
  wanted: string,
  limit: number,
): Promise<Uint8Array | null> {
  let found: Uint8Array | null = null;
  await eachTarEntry(source, defaultArchiveLimits, async ({ name, size, content }) => {
    const isWanted = name === wanted && size <= limit;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) if (isWanted) chunks.push(chunk);
    if (isWanted) found = Buffer.concat(chunks);
    return isWanted;
  });
  return found;
}

async function fileSpool(): Promise<Spool> {
  const path = join(tmpdir(), `sealserve-${randomUUID()}`);
  const file: FileHandle = await open(path, "wx+", 0o600);
  await unlink(path);
  return {
    write: (chunk) => file.writeFile(chunk),
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
        if (bytesRead === 0) throw new RangeError("a temporary file is shorter than it was");
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

function memorySpool(): Spool {
  let chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  return {
    async write(bytes) {
      chunks.push({ offset: end, bytes: bytes.slice() });
      end += bytes.length;
    },
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (const chunk of chunks) {
        const from = Math.max(0, offset - chunk.offset);
        const part = chunk.bytes.subarray(from, Math.max(from, offset + length - chunk.offset));
        if (part.length > 0) bytes.set(part, chunk.offset + from - offset);
      }
      return bytes;
    },
    async close() {
      chunks = [];
    },
  };
}
