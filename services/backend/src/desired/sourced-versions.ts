// Versions that come from an entry of the store under another name, or with another handler, than the entry says.
import { LayoutError, type OpenableModel, type ScannedModel, type ScannedVersion } from "@sealserve/engines";
import { FetchError, type ModelSource, type ModelSpec } from "@sealserve/inference";
import { type Clock, compareVersions, type Version } from "@sealserve/serving";
import { type FetchedModels, isPinned, type PinnedSource } from "../fetching/fetched-models.ts";
import type { StoredItem } from "../stored-item.ts";
import type { DesiredModels } from "./desired-models.ts";

export interface SourcedVersionsParts {
  readonly desired: Pick<DesiredModels, "source" | "sources">;
  /** Left out: nothing is fetched here. */
  readonly fetched?: Pick<FetchedModels, "bring" | "items" | "locationOf">;
  readonly clock: Pick<Clock, "epoch">;
}

/** Milliseconds after which what could not be fetched is tried again. */
const fetchAgain = 60_000;

export interface SourcedVersionsOptions {
  /** No call may name a handler in place of the archive's. */
  readonly ownHandlersOnly: boolean;
}

export class SourcedVersions {
  readonly #options: SourcedVersionsOptions;
  readonly #parts: SourcedVersionsParts;
  /** Where each version came from when it was last aspired. */
  readonly #before = new Map<string, string>();

  constructor(options: SourcedVersionsOptions, parts: SourcedVersionsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** The models of the store, and those that calls made of its entries. An entry that is gone is no version. */
  withSources(
    scanned: ReadonlyMap<string, ScannedModel>,
    items: readonly StoredItem[],
  ): ReadonlyMap<string, ScannedModel> {
    const models = new Map(scanned);
    for (const [name, sources] of this.#parts.desired.sources()) {
      const sourced = Object.entries(sources).flatMap(([version, source]) =>
        this.#version(name, version, source, items),
      );
      const own = scanned.get(name);
      const left = (own?.versions ?? []).filter(
        ({ version }) => !sourced.some((each) => compareVersions(each.version, version) === 0),
      );
      const versions = [...left, ...sourced].sort((a, b) => compareVersions(a.version, b.version));
      models.set(name, { versions, policy: own ? own.policy : { kind: "all" } });
    }
    return models;
  }

  /** Whether the version comes from somewhere else than it did; once. */
  takeMoved(model: string, { version, item }: Version<OpenableModel>): boolean {
    const key = JSON.stringify([model, version]);
    const before = this.#before.get(key);
    const { handler, runtime, digest } = this.#parts.desired.source(model, version) ?? {};
    // The same bytes are the same model wherever they lie.
    const now = JSON.stringify([digest ?? item.location, handler, runtime]);
    this.#before.set(key, now);
    return before !== undefined && before !== now;
  }

  /** An entry may hold several versions. */
  #version(name: string, version: string, source: ModelSource, items: readonly StoredItem[]): ScannedVersion[] {
    const found = inside(items, source, version);
    if (found) {
      const { item } = found;
      const open = async (signal: AbortSignal) => {
        // It is what the digest says now, whatever was there when it was fetched.
        if (isPinned(source)) await this.#parts.fetched?.bring(source, signal);
        return this.#open(name, item, source, signal);
      };
      return [{ version, item: { ...item, open } }];
    }
    return isPinned(source) && this.#parts.fetched
      ? [{ version, item: this.#absent({ name, version }, source, this.#parts.fetched) }]
      : [];
  }

  /** What is fetched when it is opened: how far it is, and why it does not come, is told as of any model that loads. */
  #absent(
    { name, version }: Required<ModelSpec>,
    source: PinnedSource,
    fetched: NonNullable<SourcedVersionsParts["fetched"]>,
  ): OpenableModel {
    const { clock } = this.#parts;
    return {
      location: fetched.locationOf(source),
      stamp: async () => `absent ${Math.floor(clock.epoch() / fetchAgain)}`,
      open: async (signal) => {
        await fetched.bring(source, signal);
        const found = inside(await fetched.items(source.digest), source, version);
        if (found) return this.#open(name, found.item, source, signal);
        throw new FetchError("not-fetched", { url: source.entry, reason: `it holds no version '${version}'` });
      },
    };
  }

  #open(name: string, item: OpenableModel, { handler, runtime }: ModelSource, signal: AbortSignal) {
    const isOther = (handler ?? runtime) !== undefined && !item.ownHandlersOnly;
    if (isOther && this.#options.ownHandlersOnly) throw handlerRefused(item.location);
    const as = { name, ...(handler !== undefined && { handler }), ...(runtime !== undefined && { runtime }) };
    return item.open(signal, as);
  }
}

function inside(items: readonly StoredItem[], { entry, digest }: ModelSource, version: string): StoredItem | undefined {
  return items.find(
    (each) => each.entry === entry && each.digest === digest && compareVersions(each.version, version) === 0,
  );
}

/** What evidence names is the archive: with another handler the same archive would be another model. */
function handlerRefused(location: string): LayoutError {
  const instead =
    "evidence names the archive and with it its own handler; pack an archive with the handler that is meant";
  return new LayoutError("config-unsupported", { location, field: "handler", instead });
}
