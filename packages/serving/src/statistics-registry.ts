// The statistics of every version that is served.
import type { Clock } from "./clock.ts";
import { ModelStatistics } from "./model-statistics.ts";
import type { VersionStatistics } from "./statistics-snapshot.ts";

export class StatisticsRegistry {
  readonly #clock: Clock;
  readonly #models = new Map<string, Map<string, ModelStatistics>>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** The statistics of this version, begun at the first call. */
  of(model: string, version: string): ModelStatistics {
    const versions = this.#models.get(model) ?? new Map<string, ModelStatistics>();
    this.#models.set(model, versions);
    const statistics = versions.get(version) ?? new ModelStatistics({ model, version }, { clock: this.#clock });
    versions.set(version, statistics);
    return statistics;
  }

  /** Forgets a version that has ended; one that comes back begins at zero. */
  remove(model: string, version: string): void {
    const versions = this.#models.get(model);
    versions?.delete(version);
    if (versions?.size === 0) this.#models.delete(model);
  }

  /** In the order in which they began; of one model or of all. */
  snapshots(model?: string): VersionStatistics[] {
    const found = model === undefined ? [...this.#models.values()] : [this.#models.get(model) ?? new Map()];
    return found.flatMap((versions: ReadonlyMap<string, ModelStatistics>) =>
      [...versions.values()].map((statistics) => statistics.snapshot()),
    );
  }
}
