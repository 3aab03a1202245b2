// Versions that failed to load, and what makes them worth another try: their files have changed, or a key may be asked for again.
import type { OpenableModel } from "@sealserve/engines";
import type { ModelStatus } from "@sealserve/inference";
import type { Version } from "@sealserve/serving";
import type { RefusedModels } from "./trust/refused-models.ts";

/** What the files of each version looked like when they were last opened. */
export class FailedVersions {
  readonly #opened = new Map<string, string>();
  readonly #refused: Pick<RefusedModels, "takeTurn">;

  constructor({ refused }: { readonly refused: Pick<RefusedModels, "takeTurn"> }) {
    this.#refused = refused;
  }

  /** To be called before a version is opened. */
  async remember(model: string, version: string, item: OpenableModel): Promise<void> {
    this.#opened.set(key(model, version), await item.stamp());
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
      const failed = status?.state === "end" && status.reason !== undefined;
      if (!failed || !(await this.#isWorthAnother(model, candidate))) kept.push(candidate);
    }
    return kept;
  }

  async #isWorthAnother(model: string, { version, item }: Version<OpenableModel>): Promise<boolean> {
    if (this.#refused.takeTurn({ model, version })) return true;
    const opened = this.#opened.get(key(model, version));
    if (opened === undefined || (await item.stamp()) === opened) return false;
    this.#opened.delete(key(model, version));
    return true;
  }
}

function key(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
