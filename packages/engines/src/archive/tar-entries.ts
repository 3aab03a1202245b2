// The files of a compressed tar, one after the other, each checked before its first byte is given out.
import { createReadStream } from "node:fs";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { reasonOf } from "@sealserve/primitives";
import { extract, type Header } from "tar-stream";
import { isLayoutError, LayoutError } from "../layout-error.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { foldedName, parseEntryName } from "./entry-name.ts";
import { pieces } from "./random-archive.ts";
import { type ArchiveSource, sourceName } from "./zip-source.ts";

export interface TarEntry {
  /** Without the folder that all files of the archive lie in. */
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Buffer>;
}

/** What makes a file of what tar calls by these names. */
const typeNames: Readonly<Record<string, string>> = {
  link: "a hard link",
  symlink: "a symbolic link",
  "character-device": "a character device",
  "block-device": "a block device",
  fifo: "a named pipe",
};

/** Unpacked bytes that are never too many for their packed ones. */
const smallest = 1 << 20;

/**
 * Calls `take` with each file in the archive's order, until it returns true. As TorchServe does it leaves out the first segment of each path
 * (`ZipUtils.decompressTarGzipFile`). Throws `LayoutError`: `file-unreadable`, `archive-malformed`, `archive-too-large`, `too-many-entries`, `entry-…`,
 * and what `take` throws.
 */
export async function eachTarEntry(
  source: ArchiveSource,
  limits: ArchiveLimits,
  take: (entry: TarEntry) => Promise<boolean>,
): Promise<void> {
  const archive = sourceName(source);
  const counts = { packed: 0, unpacked: 0 };
  const packed = counted(packedBytes(source), (length) => {
    counts.packed += length;
  });
  const unpacked = (bytes: AsyncIterable<Buffer>) =>
    counted(bytes, (length) => {
      counts.unpacked += length;
      checkTotals(archive, counts, limits);
    });
  const tar = extract();
  const done = new AbortController();
  const flowing = pipeline(packed, createGunzip(), unpacked, tar as unknown as Transform, { signal: done.signal });
  // Whoever reads the entries is told what went wrong by them, too.
  flowing.catch(() => {});
  try {
    await eachEntry(archive, tar, limits, take, done);
    await flowing;
  } catch (error) {
    if (done.signal.aborted) return;
    throw faultOf(archive, error);
  } finally {
    done.abort();
  }
}

type Extract = ReturnType<typeof extract>;
type Take = (entry: TarEntry) => Promise<boolean>;

async function eachEntry(archive: string, tar: Extract, limits: ArchiveLimits, take: Take, done: AbortController) {
  const seen = new Map<string, string>();
  const folders = new Set<string>();
  let entries = 0;
  for await (const entry of tar) {
    if (++entries > limits.maxEntries) {
      throw new LayoutError("too-many-entries", { archive, limit: limits.maxEntries, found: entries });
    }
    const { header } = entry;
    const name = checkedName(archive, header);
    if (name === null) {
      entry.resume();
      continue;
    }
    checkPlace(archive, name, { seen, folders });
    if (await take({ name, size: header.size ?? 0, content: entry as AsyncIterable<Buffer> })) {
      done.abort();
      return;
    }
  }
}

/** Null for a folder. */
function checkedName(archive: string, { name: raw, type }: Header): string | null {
  // `tar -C folder .` writes `./` first, which is then the segment that is left out.
  const written = raw.replace(/^\.\//, "x/").replace(/^\.$/, "x");
  const parsed = parseEntryName(new TextEncoder().encode(written));
  if ("problem" in parsed) throw new LayoutError("entry-path", { archive, entry: raw, problem: parsed.problem });
  if (type === "directory") return null;
  if (type !== "file" && type !== "contiguous-file") {
    const problem = typeNames[type ?? ""] ?? `of the type ${type}`;
    throw new LayoutError("entry-type", { archive, entry: raw, problem });
  }
  if (parsed.isDirectory)
    throw new LayoutError("entry-type", { archive, entry: raw, problem: "a file named as a directory" });
  return parsed.name.slice(parsed.name.indexOf("/") + 1);
}

interface Places {
  readonly seen: Map<string, string>;
  /** Those that files lie in. */
  readonly folders: Set<string>;
}

function checkPlace(archive: string, name: string, { seen, folders }: Places): void {
  const folded = foldedName(name);
  const parents = [...folded.matchAll(/\//g)].map(({ index }) => folded.slice(0, index));
  const other = seen.get(folded) ?? parents.map((parent) => seen.get(parent)).find((found) => found !== undefined);
  if (other !== undefined || folders.has(folded)) {
    throw new LayoutError("entry-duplicate", { archive, entry: name, other: other ?? `${name}/` });
  }
  seen.set(folded, name);
  for (const parent of parents) folders.add(parent);
}

function checkTotals(archive: string, counts: { packed: number; unpacked: number }, limits: ArchiveLimits): void {
  const { packed, unpacked: found } = counts;
  if (found > limits.maxTotalSize) {
    throw new LayoutError("archive-too-large", { archive, limit: limits.maxTotalSize, found });
  }
  // What gunzip has read ahead counts as packed: the sum is never too strict.
  if (found > smallest && found > packed * limits.maxRatio) {
    const ratio = Math.ceil(found / Math.max(packed, 1));
    throw new LayoutError("entry-ratio", { archive, entry: "*", limit: limits.maxRatio, found: ratio });
  }
}

function packedBytes(source: ArchiveSource): Readable {
  if (typeof source === "string") return createReadStream(source, { highWaterMark: 256 * 1024 });
  if ("bytes" in source) return Readable.from([source.bytes], { objectMode: false });
  return Readable.from(pieces(source, 0, source.size), { objectMode: false });
}

async function* counted(bytes: AsyncIterable<Uint8Array>, count: (length: number) => void): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    count(chunk.length);
    yield chunk;
  }
}

function faultOf(archive: string, error: unknown): unknown {
  if (isLayoutError(error) || !(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  const problem = reasonOf(error);
  if (code === "ENOENT" || code === "EACCES" || code === "EISDIR" || code === "EIO") {
    return new LayoutError("file-unreadable", { location: archive, file: archive, problem }, error);
  }
  const isOurs = code.startsWith("Z_") || /tar|Unexpected end|Writable stream closed|Premature close/i.test(problem);
  return isOurs ? new LayoutError("archive-malformed", { archive, problem }, error) : error;
}
