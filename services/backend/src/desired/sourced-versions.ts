// Versions that come from an entry of the store under another name, or with another handler, than the entry says.
import { LayoutError, type OpenableModel, type ScannedModel, type ScannedVersion } from "@sealserve/engines";
import type { ModelSource } from "@sealserve/inference";
import { compareVersions, type Version } from "@sealserve/serving";
import type { DesiredModels } from "./desired-models.ts";

/** A version as the store has it, with the entry that holds it. */
export interface StoredItem extends ScannedVersion {
  readonly name: string;
  readonly entry: string;
}

export interface SourcedVersionsOptions {
  /** No call may name a handler in place of the archive's. */
  readonly ownHandlersOnly: boolean;
}

export class SourcedVersions {
  readonly #options: SourcedVersionsOptions;
  readonly #desired: Pick<DesiredModels, "source" | "sources">;
  /** Where each version came from when it was last aspired. */
  readonly #before = new Map<string, string>();

  constructor(
    options: SourcedVersionsOptions,
    { desired }: { readonly desired: Pick<DesiredModels, "source" | "sources"> },
  ) {
    this.#options = options;
    this.#desired = desired;
  }

  /** The models of the store, and those that calls made of its entries. An entry that is gone is no version. */
  withSources(
    scanned: ReadonlyMap<string, ScannedModel>,
    items: readonly StoredItem[],
  ): ReadonlyMap<string, ScannedModel> {
    const models = new Map(scanned);
    for (const [name, sources] of this.#desired.sources()) {
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
    const { handler, runtime } = this.#desired.source(model, version) ?? {};
    const now = JSON.stringify([item.location, handler, runtime]);
    this.#before.set(key, now);
    return before !== undefined && before !== now;
  }

  /** An entry may hold several versions. */
  #version(name: string, version: string, source: ModelSource, items: readonly StoredItem[]): ScannedVersion[] {
    const inside = items.filter(({ entry }) => entry === source.entry);
    const found = inside.find((each) => compareVersions(each.version, version) === 0);
    const { handler, runtime } = source;
    if (!found) return [];
    const { item } = found;
    const as = { name, ...(handler !== undefined && { handler }), ...(runtime !== undefined && { runtime }) };
    const open = async (signal: AbortSignal) => {
      const isOther = (handler ?? runtime) !== undefined && !item.ownHandlersOnly;
      if (isOther && this.#options.ownHandlersOnly) throw handlerRefused(item.location);
      return item.open(signal, as);
    };
    return [{ version, item: { ...item, open } }];
  }
}

/** What evidence names is the archive: with another handler the same archive would be another model. */
function handlerRefused(location: string): LayoutError {
  const instead =
    "evidence names the archive and with it its own handler; pack an archive with the handler that is meant";
  return new LayoutError("config-unsupported", { location, field: "handler", instead });
}
