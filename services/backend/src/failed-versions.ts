// Versions that failed to load, and what makes them worth another try: their files have changed, or a key may be asked for again.
import type { OpenableModel } from "@sealserve/engines";
import type { ModelStatus } from "@sealserve/inference";
import type { Version } from "@sealserve/serving";
import type { RefusedModels } from "./trust/refused-models.ts";

/** What the files of each version looked like when they were last opened. */
export class FailedVersions {
  readonly #opened = new Map<string, string>();
  /** Models whose failures somebody wants tried again. */
  readonly #wanted = new Map<string, Set<string>>();
  readonly #refused: Pick<RefusedModels, "takeTurn">;

  constructor({ refused }: { readonly refused: Pick<RefusedModels, "takeTurn"> }) {
    this.#refused = refused;
  }

  /** To be called before a version is opened. */
  async remember(model: string, version: string, item: OpenableModel): Promise<void> {
    this.#opened.set(key(model, version), await item.stamp());
  }

  /** The versions of `model` that have failed, by `statuses`, are worth another try with the next look. False: there are none. */
  tryAgain(model: string, statuses: readonly ModelStatus[]): boolean {
    const failed = statuses.filter((status) => status.name === model && hasFailed(status));
    this.#wanted.set(model, new Set(failed.map(({ version }) => version)));
    return failed.length > 0;
  }

  /**
   * `chosen` without the versions that failed and are worth another try: a version that is left out of the aspired ones once and then
   * comes back is loaded anew. `statuses` are the model's.
   */
  async leaveOutFailed(
    model: string,
    chosen: readonly Version<OpenableModel>[],
    statuses: readonly ModelStatus[],
  ): Promise<readonly Version<OpenableModel>[]> {
    const kept: Version<OpenableModel>[] = [];
    for (const candidate of chosen) {
      const status = statuses.find(({ version }) => version === candidate.version);
      if (!status || !hasFailed(status) || !(await this.#isWorthAnother(model, candidate))) kept.push(candidate);
    }
    return kept;
  }

  async #isWorthAnother(model: string, { version, item }: Version<OpenableModel>): Promise<boolean> {
    const wanted = this.#wanted.get(model)?.delete(version) ?? false;
    const due = this.#refused.takeTurn({ model, version });
    const opened = this.#opened.get(key(model, version));
    const changed = opened !== undefined && (await item.stamp()) !== opened;
    // All reasons are used up at once: one that stayed would leave it out once more.
    if (changed) this.#opened.delete(key(model, version));
    return wanted || due || changed;
  }
}

function hasFailed({ state, reason }: ModelStatus): boolean {
  return state === "end" && reason !== undefined;
}

function key(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
