// Remembers the highest evaluation numbers of Intel's collateral across restarts, so that older collateral stays refused.
import { type EvaluationNumbers, rememberEvaluationNumbers } from "@sealserve/attestation";
import type { Storage } from "../storage/storage.ts";

/** Who edits the database can take its memory away, never make it accept what is not genuine. */
export class StoredEvaluationNumbers implements EvaluationNumbers {
  readonly #storage: Storage;
  readonly #seen = rememberEvaluationNumbers();
  /** By platform: what was seen, but is not in the database yet. */
  readonly #unsaved = new Map<string, number>();

  private constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** With what the database holds; what another broker writes there later is known after the next start. */
  static async open(storage: Storage): Promise<StoredEvaluationNumbers> {
    const numbers = new StoredEvaluationNumbers(storage);
    const rows = await storage.db.selectFrom("evaluation_numbers").selectAll().execute();
    for (const { platform, highest } of rows) numbers.#seen.saw(platform, highest);
    return numbers;
  }

  highest(platform: string): number {
    return this.#seen.highest(platform);
  }

  saw(platform: string, evaluationNumber: number): void {
    if (evaluationNumber <= this.highest(platform)) return;
    this.#seen.saw(platform, evaluationNumber);
    this.#unsaved.set(platform, evaluationNumber);
  }

  /** All that was seen is durable when it returns. Numbers rise a few times a year: as a rule there is nothing to do. */
  async save(): Promise<void> {
    const rows = Array.from(this.#unsaved, ([platform, highest]) => ({ platform, highest }));
    if (rows.length === 0) return;
    await this.#storage.exclusively((change) =>
      change
        .insertInto("evaluation_numbers")
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column("platform")
            .doUpdateSet({ highest: (row) => row.ref("excluded.highest") })
            .whereRef("evaluation_numbers.highest", "<", "excluded.highest"),
        )
        .execute(),
    );
    for (const { platform, highest } of rows) {
      if (this.#unsaved.get(platform) === highest) this.#unsaved.delete(platform);
    }
  }
}
