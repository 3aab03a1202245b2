// Which archive a registration means: an entry of the model store, or what a URL puts there.
import {
  isFetchError,
  type ModelFetcher,
  type ModelSource,
  type PinnedEntry,
  type StoredFault,
  type StoredVersion,
} from "@sealserve/inference";
import { fetchRefusal, urlNotAllowed } from "./fetch-refusal.ts";
import type { RegisterArguments } from "./management-changes.ts";
import { badRequest, TorchserveRefusal } from "./refusal.ts";

export interface ArchiveParts {
  /** What lies in the model store, loaded or not. */
  stored(): Promise<readonly StoredVersion[]>;
  /** The model store's folder as clients on this machine name it; left out: nobody can. */
  readonly modelStore?: string;
  /** Brings what a URL names into the model store. Left out: no URL is allowed. */
  readonly fetcher?: ModelFetcher;
}

/** What is registered, and where it comes from if that is not what its entry alone says. */
export interface FoundArchive {
  readonly name: string;
  readonly version: string;
  readonly source: ModelSource | null;
}

type Asked = Pick<RegisterArguments, "url" | "modelName" | "handler" | "runtime">;

const runtimes: ReadonlySet<string> = new Set(["python", "python3", "lsp", "node"]);

/** What was fetched in vain is removed again. Throws `TorchserveRefusal`. */
export async function findArchive(asked: Asked, parts: ArchiveParts, signal: AbortSignal): Promise<FoundArchive> {
  const { url, runtime } = asked;
  if (runtime !== undefined && !runtimes.has(runtime.toLowerCase())) {
    throw badRequest(`Invalid RuntimeType value: ${runtime}`);
  }
  const from = await entryOf(url, parts, signal);
  try {
    return inStore(asked, from, from.pinned?.versions ?? (await parts.stored()));
  } catch (error) {
    if (from.url !== null) await parts.fetcher?.remove(from.entry);
    throw error;
  }
}

interface Entry {
  readonly entry: string;
  /** Where it was fetched from; null: it lay there. */
  readonly url: string | null;
  /** Where nodes fetch it for themselves, which bytes; null: it lies in the store. */
  readonly pinned: PinnedEntry | null;
}

function inStore(asked: Asked, { entry, url: from, pinned }: Entry, stored: readonly StoredVersion[]): FoundArchive {
  const { url, modelName, handler, runtime } = asked;
  // Of one entry the newest version counts.
  const found = stored.filter((each) => each.entry === entry).at(-1);
  if (!found) throw notFound(`Model not found at: ${url}`);
  // Whoever names the model needs no archive that does.
  const isNamed = modelName !== undefined && (found.fault === "no-name" || found.fault === "no-manifest");
  if (found.fault && !isNamed) throw faults[found.fault](entry);
  const { version } = found;
  const name = modelName ?? found.name;
  const first = stored.find((each) => each.name === name && each.version === version && !each.fault);
  const asStored = first?.entry === entry && handler === undefined && runtime === undefined && from === null;
  const source: ModelSource = {
    entry,
    ...(handler === undefined ? {} : { handler }),
    ...(runtime === undefined ? {} : { runtime: runtime.toLowerCase() }),
    ...(from === null ? {} : { url: from }),
    ...(pinned && { digest: pinned.digest }),
  };
  return { name, version, source: asStored ? null : source };
}

async function entryOf(url: string, { modelStore, fetcher }: ArchiveParts, signal: AbortSignal): Promise<Entry> {
  if (url === "") throw notFound("empty url");
  if (url.split(/[\\/]/).includes("..")) throw notFound(`Relative path is not allowed in url: ${url}`);
  if (!/^(?:https?|file):\/\//i.test(url)) {
    const inside = modelStore !== undefined && url.startsWith(`${modelStore}/`);
    return { entry: inside ? url.slice(modelStore.length + 1) : url, url: null, pinned: null };
  }
  if (!fetcher) throw urlNotAllowed(url);
  try {
    return { ...(await fetcher.fetch(url, signal)), url };
  } catch (error) {
    throw isFetchError(error) ? fetchRefusal(error, url) : error;
  }
}

const faults: Readonly<Record<StoredFault, (entry: string) => TorchserveRefusal>> = {
  unreadable: () => invalid("Model name is not defined."),
  "no-manifest": () => invalid("Model name is not defined."),
  "bad-manifest": () => invalid("Failed to parse signature.json."),
  "no-name": () => invalid("Model name is not defined."),
  "bad-runtime": () => invalid("Runtime is not defined or invalid."),
  unsafe: (entry) => new TorchserveRefusal(500, "InternalServerException", `Failed to save model: ${entry}`),
};

function invalid(message: string): TorchserveRefusal {
  return new TorchserveRefusal(400, "InvalidModelException", message);
}

function notFound(message: string): TorchserveRefusal {
  return new TorchserveRefusal(404, "ModelNotFoundException", message);
}
