// Fetches models into the model store: bounded, checked, and there under their name only once they are whole.
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, link, lstat, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FetchError, isFetchError, type ModelFetcher } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { isFetchedEntry, readFetchedEntry } from "./fetched-entry.ts";
import { type OpenedSource, openSource, type SourceParts } from "./open-source.ts";

export interface ModelFetcherOptions {
  readonly modelStore: string;
  /** Regular expressions, one of which the whole URL must fit; none: nothing is fetched. */
  readonly allowedUrls: readonly string[];
  /** Bytes. */
  readonly maxDownloadSize: number;
  /** Whether addresses of this machine and of networks of its own may be asked, too. */
  readonly allowPrivateAddresses: boolean;
  /** Whether links in the file system may lead to where no pattern fits. Default: false. */
  readonly followLinks?: boolean;
  /** Milliseconds in which nothing may come. */
  readonly idleLimit?: number;
}

export interface ModelFetcherParts extends SourceParts, Pick<Clock, "epoch"> {
  /** Told of each name before there is a file of it in the store. */
  readonly onPlace?: (entry: string) => void;
}

/** Of files that are not whole; the scan of a store passes over names that begin with a dot. */
const prefix = ".fetching-";
/** Milliseconds after which nobody writes to such a file any more. */
const abandoned = 3_600_000;

/** What earlier processes left half fetched is removed with the first call. */
export function modelFetcher(options: ModelFetcherOptions, parts: ModelFetcherParts): ModelFetcher {
  const { modelStore, maxDownloadSize, allowPrivateAddresses, followLinks = false, idleLimit = 60_000 } = options;
  const patterns = options.allowedUrls.map((pattern) => new RegExp(`^(?:${pattern})$`));
  const isAllowed = (url: URL) => patterns.some((pattern) => pattern.test(url.href));
  let swept: Promise<void> | null = null;

  async function fetch(text: string, signal: AbortSignal): Promise<string> {
    const wanted = readFetchedEntry(text);
    const { url, entry, digest } = wanted;
    if (!isAllowed(url)) throw new FetchError("url-not-allowed", { url: text });
    swept ??= sweep(modelStore, parts.epoch());
    await swept;
    const path = join(modelStore, entry);
    if (await isThere(path)) throw new FetchError("entry-exists", { url: text, entry });
    const draft = join(modelStore, `${prefix}${randomUUID()}`);
    const asking = { text, isAllowed, allowPrivateAddresses, followLinks, idleLimit };
    const source = await openSource(url, asking, parts, signal);
    try {
      const found = await write(draft, source, { text, entry, limit: maxDownloadSize, signal });
      if (digest !== null && found !== digest) {
        throw new FetchError("digest-mismatch", { url: text, expected: digest, found });
      }
      parts.onPlace?.(entry);
      await place(draft, path, { text, entry });
    } finally {
      source.content.destroy();
      await rm(draft, { force: true });
    }
    return entry;
  }

  return {
    fetch,
    async remove(entry) {
      if (isFetchedEntry(entry)) await rm(join(modelStore, entry), { force: true });
    },
  };
}

interface Writing {
  readonly text: string;
  readonly entry: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** The SHA-256 of what was written, which is on the disk by then. */
async function write(draft: string, { content, size }: OpenedSource, writing: Writing): Promise<string> {
  const { text, entry, limit, signal } = writing;
  if (size !== null && size > limit) throw new FetchError("too-large", { url: text, limit });
  const hash = createHash("sha256");
  let file: FileHandle | null = null;
  let done = 0;
  try {
    file = await open(draft, "wx", 0o640);
    for await (const chunk of received(content, text)) {
      signal.throwIfAborted();
      done += chunk.length;
      if (done > limit) throw new FetchError("too-large", { url: text, limit });
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    if (size !== null && done !== size) {
      throw new FetchError("not-fetched", { url: text, reason: `it promised ${size} bytes and gave ${done}` });
    }
    await file.sync();
    return hash.digest("hex");
  } catch (error) {
    if (isFetchError(error) || signal.aborted) throw error;
    throw new FetchError("not-kept", { url: text, entry, reason: reasonOf(error) }, error);
  } finally {
    await file?.close();
  }
}

/** What goes wrong at the other end is told apart from what goes wrong here. */
async function* received(content: AsyncIterable<Buffer>, url: string): AsyncIterable<Buffer> {
  try {
    yield* content;
  } catch (error) {
    if (isFetchError(error)) throw error;
    throw new FetchError("not-fetched", { url, reason: reasonOf(error) }, error);
  }
}

/** Never in the place of another file, even of one that came in the meantime. */
async function place(draft: string, path: string, { text, entry }: { readonly text: string; readonly entry: string }) {
  try {
    await link(draft, path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EEXIST") throw new FetchError("entry-exists", { url: text, entry }, error);
    // A file system without hard links.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") {
      throw new FetchError("not-kept", { url: text, entry, reason: reasonOf(error) }, error);
    }
    if (await isThere(path)) throw new FetchError("entry-exists", { url: text, entry }, error);
    await rename(draft, path);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

async function sweep(modelStore: string, now: number): Promise<void> {
  const left = (await readdir(modelStore).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const name of left) {
    const path = join(modelStore, name);
    const stats = await stat(path).catch(() => null);
    if (stats && now - stats.mtimeMs > abandoned) await rm(path, { force: true });
  }
}
