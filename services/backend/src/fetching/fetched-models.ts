// What a backend of its own fetched, by the SHA-256 of its bytes: beside the model store, where no look at the store finds it.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  createStoreScan,
  createWorkflowScan,
  isLayoutError,
  type ScannedModel,
  type ScannedVersion,
  type ScanParts,
  type SealedOpener,
} from "@sealserve/engines";
import { FetchError, type FetchedEntry, functionVersion, type ModelSource } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import type { StoredItem } from "../stored-item.ts";
import { type Download, type DownloadOptions, downloads } from "./download.ts";
import { isFetchedEntry } from "./fetched-entry.ts";
import { isThere, sweep } from "./model-fetcher.ts";
import { bare, type SourceParts } from "./open-source.ts";

export interface FetchedModelsOptions extends DownloadOptions {
  readonly modelStore: string;
  /** Null: the model store. */
  readonly workflowStore: string | null;
}

export interface FetchedModelsParts extends SourceParts, Pick<ScanParts, "onProblem"> {
  readonly clock: Pick<Clock, "epoch" | "now">;
  readonly sealed?: SealedOpener;
  /** As in `StoreScanParts`. */
  readonly sealedSpecs?: SealedOpener;
}

/** A source whose bytes are known. */
export type PinnedSource = ModelSource & Required<Pick<ModelSource, "url" | "digest">>;

export function isPinned(source: ModelSource): source is PinnedSource {
  return source.url !== undefined && source.digest !== undefined;
}

/** In the model store; looks at the store pass over names that begin with a dot. */
const folderName = ".fetched";
/** Milliseconds that a file which no state names yet has for that. */
const grace = 3_600_000;

const digestForm = /^[0-9a-f]{64}$/;

export class FetchedModels {
  readonly #options: FetchedModelsOptions;
  readonly #parts: FetchedModelsParts;
  readonly #folder: string;
  readonly #download: Download;
  readonly #scans = new Map<string, () => Promise<readonly StoredItem[]>>();
  #named: ReadonlySet<string> = new Set();

  constructor(options: FetchedModelsOptions, parts: FetchedModelsParts) {
    this.#options = options;
    this.#parts = parts;
    this.#folder = join(options.modelStore, folderName);
    this.#download = downloads(options, parts);
  }

  /** For a call: whatever its bytes are, that is what all nodes are told to take. A name that a store has is refused. Throws `FetchError`. */
  async fetch(url: string, signal: AbortSignal): Promise<FetchedEntry> {
    const { modelStore, workflowStore } = this.#options;
    const begin = async (entry: string): Promise<void> => {
      for (const store of [modelStore, workflowStore ?? modelStore]) {
        if (await isThere(join(store, entry))) throw new FetchError("entry-exists", { url, entry });
      }
      await this.#prepare(url, entry);
    };
    await using file = await this.#download({ url, folder: this.#folder, begin }, signal);
    const { entry, digest } = file;
    await this.#place(file.path, { url, entry, digest });
    const items = await this.items(digest);
    const versions = items.filter(({ workflow }) => !workflow);
    return {
      entry,
      pinned: {
        digest,
        versions: versions.map(({ name, version, fault }) => ({ name, version, entry, ...(fault && { fault }) })),
        workflow: items.find(({ workflow }) => workflow)?.workflow ?? null,
      },
    };
  }

  /**
   * Fetches it where it is not here yet, or other bytes are: the disk may be another's. Throws `FetchError`, without what a URL's query holds: it
   * becomes a reason that clients see.
   */
  async bring({ url, entry, digest }: PinnedSource, signal: AbortSignal): Promise<void> {
    const named = URL.canParse(url) ? bare(new URL(url)) : "the URL";
    // It comes from a frontend, and becomes a path.
    if (!isFetchedEntry(entry)) throw new FetchError("bad-entry", { url: named, entry });
    if (await holds(this.#pathOf(digest, entry), digest, signal)) return;
    const begin = () => this.#prepare(named, entry);
    await using file = await this.#download({ url, named, folder: this.#folder, begin }, signal);
    if (file.digest !== digest) {
      throw new FetchError("digest-mismatch", { url: named, expected: digest, found: file.digest });
    }
    await this.#place(file.path, { url: named, entry, digest });
  }

  /** What lies here with these bytes; none where they were not fetched yet. */
  async items(digest: string): Promise<readonly StoredItem[]> {
    if (!(await isThere(join(this.#folder, digest)))) return [];
    const scan = this.#scans.get(digest) ?? this.#scanOf(digest);
    this.#scans.set(digest, scan);
    return scan();
  }

  /** Removes what these states do not name any more, at once, and after a while what no state ever named. Never throws. */
  async keep(sources: readonly ModelSource[]): Promise<void> {
    const before = this.#named;
    this.#named = new Set(sources.flatMap(({ digest }) => digest ?? []));
    const now = this.#parts.clock.epoch();
    for (const digest of await readdir(this.#folder).catch((): string[] => [])) {
      if (!digestForm.test(digest) || this.#named.has(digest)) continue;
      const path = join(this.#folder, digest);
      const since = await stat(path).catch(() => null);
      if (!before.has(digest) && (since === null || now - since.mtimeMs < grace)) continue;
      this.#scans.delete(digest);
      // What cannot be removed now is tried again with the next state.
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }

  locationOf({ digest, entry }: PinnedSource): string {
    return this.#pathOf(digest, entry);
  }

  #pathOf(digest: string, entry: string): string {
    return join(this.#folder, digest, entry);
  }

  async #prepare(url: string, entry: string): Promise<void> {
    await this.#kept({ url, entry }, () => mkdir(this.#folder, { recursive: true, mode: 0o750 }));
    await sweep(this.#folder, this.#parts.clock.epoch());
  }

  /** Whoever else had the same bytes put the same file there. */
  async #place(from: string, { url, entry, digest }: PinnedSource): Promise<void> {
    const to = this.#pathOf(digest, entry);
    await this.#kept({ url, entry }, async () => {
      await mkdir(join(this.#folder, digest), { recursive: true, mode: 0o750 });
      await rename(from, to);
    });
  }

  async #kept(facts: { readonly url: string; readonly entry: string }, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw new FetchError("not-kept", { ...facts, reason: reasonOf(error) }, error);
    }
  }

  #scanOf(digest: string): () => Promise<readonly StoredItem[]> {
    const { sealed, sealedSpecs, onProblem, clock } = this.#parts;
    const folder = join(this.#folder, digest);
    const models = createStoreScan(folder, { onProblem, duplicates: "by-entry", ...(sealed ? { sealed } : {}) });
    const opening = { ...(sealed ? { sealed } : {}), ...(sealedSpecs && { sealedSpecs }) };
    const workflows = createWorkflowScan(folder, { ...opening, now: () => clock.now() });
    const entryOf = ({ item }: ScannedVersion) => relative(folder, item.location).split(sep)[0] ?? "";
    return async () => {
      const found = await models().catch((error: unknown) => {
        // It was removed meanwhile.
        if (isLayoutError(error)) return new Map<string, ScannedModel>();
        throw error;
      });
      const items = [...found].flatMap(([name, { versions, others = [] }]) =>
        [...versions, ...others].map((each): StoredItem => ({ ...each, name, entry: entryOf(each), digest })),
      );
      const functions = (await workflows()).map(({ stored, functions: item }): StoredItem => {
        return { name: stored.entry, version: functionVersion, entry: stored.entry, item, digest, workflow: stored };
      });
      return [...items, ...functions];
    };
  }
}

/** Whether a file of these bytes lies there. */
async function holds(path: string, digest: string, signal: AbortSignal): Promise<boolean> {
  if (!(await lstat(path).catch(() => null))?.isFile()) return false;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex") === digest;
}
