// Fetches models into the model store: there under their name only once they are whole.
import { link, lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FetchError, type ModelFetcher } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import { type DownloadOptions, downloads, draftPrefix } from "./download.ts";
import { isFetchedEntry } from "./fetched-entry.ts";
import type { SourceParts } from "./open-source.ts";

export interface ModelFetcherOptions extends DownloadOptions {
  readonly modelStore: string;
}

export interface ModelFetcherParts extends SourceParts, Pick<Clock, "epoch"> {
  /** Told of each name before there is a file of it in the store. */
  readonly onPlace?: (entry: string) => void;
}

/** Milliseconds after which nobody writes to a file any more that is not whole. */
const abandoned = 3_600_000;

/** What earlier processes left half fetched is removed with the first call. */
export function modelFetcher(options: ModelFetcherOptions, parts: ModelFetcherParts): ModelFetcher {
  const { modelStore } = options;
  const download = downloads(options, parts);
  let swept: Promise<void> | null = null;
  return {
    async fetch(url, signal) {
      const begin = async (entry: string): Promise<void> => {
        swept ??= sweep(modelStore, parts.epoch());
        await swept;
        if (await isThere(join(modelStore, entry))) throw new FetchError("entry-exists", { url, entry });
      };
      await using file = await download({ url, folder: modelStore, begin }, signal);
      const { entry, path } = file;
      parts.onPlace?.(entry);
      await place(path, join(modelStore, entry), { text: url, entry });
      return { entry, pinned: null };
    },
    async remove(entry) {
      if (isFetchedEntry(entry)) await rm(join(modelStore, entry), { force: true });
    },
  };
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

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

/** Removes drafts that nobody writes to any more. */
export async function sweep(folder: string, now: number): Promise<void> {
  const left = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(draftPrefix));
  for (const name of left) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats && now - stats.mtimeMs > abandoned) await rm(path, { force: true });
  }
}
