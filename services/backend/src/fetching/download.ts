// Downloads what a URL names into a file that is whole and on the disk: bounded in bytes and time, and checked.
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { FetchError, isFetchError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { readFetchedEntry } from "./fetched-entry.ts";
import { type OpenedSource, openSource, type SourceParts } from "./open-source.ts";

export interface DownloadOptions {
  /** Regular expressions, one of which the whole URL must fit; none: nothing is fetched. */
  readonly allowedUrls: readonly string[];
  /** Bytes. */
  readonly maxDownloadSize: number;
  /** Milliseconds from the first question to the last byte. */
  readonly downloadTimeout: number;
  /** Whether addresses of this machine and of networks of its own may be asked, too. */
  readonly allowPrivateAddresses: boolean;
  /** Whether links in the file system may lead to where no pattern fits. Default: false. */
  readonly followLinks?: boolean;
  /** Milliseconds in which nothing may come. */
  readonly idleLimit?: number;
}

export interface Asked {
  readonly url: string;
  /** What errors call it, where not everybody who sees them may know all of it. Left out: the URL. */
  readonly named?: string;
  /** An existing folder. */
  readonly folder: string;
  /** Called once it is allowed, and before anything is fetched; may throw. */
  begin?(entry: string): Promise<void>;
}

/** Disposing removes the file where it is still there. */
export interface Downloaded extends AsyncDisposable {
  readonly entry: string;
  readonly path: string;
  /** SHA-256 in lower-case hex. */
  readonly digest: string;
}

/** Throws `FetchError`, and whatever the signal aborts with. */
export type Download = (asked: Asked, signal: AbortSignal) => Promise<Downloaded>;

/** Of files that are not whole; the scan of a store passes over names that begin with a dot. */
export const draftPrefix = ".fetching-";

/** Milliseconds; a timer that is set to more runs out at once. */
const longestTimer = 2 ** 31 - 1;

export function downloads(options: DownloadOptions, parts: SourceParts): Download {
  const { maxDownloadSize: limit, downloadTimeout, allowPrivateAddresses, followLinks = false } = options;
  const { idleLimit = 60_000 } = options;
  const patterns = options.allowedUrls.map((pattern) => new RegExp(`^(?:${pattern})$`));
  const isAllowed = (url: URL) => patterns.some((pattern) => pattern.test(url.href));
  return async ({ url: given, named: text = given, folder, begin }, signal) => {
    const { url, entry, digest } = readFetchedEntry(given, text);
    if (!isAllowed(url)) throw new FetchError("url-not-allowed", { url: text });
    await begin?.(entry);
    const path = join(folder, `${draftPrefix}${randomUUID()}`);
    const timeout = AbortSignal.timeout(Math.min(downloadTimeout, longestTimer));
    const until = AbortSignal.any([signal, timeout]);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(path, { force: true }));
    try {
      const asking = { text, isAllowed, allowPrivateAddresses, followLinks, idleLimit };
      const source = await openSource(url, asking, parts, until);
      using _ = { [Symbol.dispose]: () => void source.content.destroy() };
      const found = await write(path, source, { text, entry, limit, signal: until });
      if (digest !== null && found !== digest) {
        throw new FetchError("digest-mismatch", { url: text, expected: digest, found });
      }
      const kept = stack.move();
      return { entry, path, digest: found, [Symbol.asyncDispose]: () => kept.disposeAsync() };
    } catch (error) {
      if (!timeout.aborted || signal.aborted) throw error;
      throw new FetchError("not-fetched", { url: text, reason: `it takes longer than ${downloadTimeout} ms` }, error);
    }
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
