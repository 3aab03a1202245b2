// The highest evaluation numbers of Intel's collateral that any broker on the database has seen, so that older collateral stays refused.
import { type EvaluationNumbers, rememberEvaluationNumbers } from "@sealserve/attestation";
import type { AuditLog } from "../audit/audit-log.ts";
import type { KnownState } from "../state/broker-state.ts";
import type { Storage } from "../storage/storage.ts";

export interface EvaluationNumberParts {
  readonly storage: Storage;
  readonly audit: AuditLog;
}

/** Bound to the audit log as all that is decided upon: who edits the database cannot take its memory away. */
export class StoredEvaluationNumbers implements EvaluationNumbers {
  readonly #parts: EvaluationNumberParts;
  readonly #seen = rememberEvaluationNumbers();
  /** By platform: what was seen, but is not in the database yet. */
  readonly #unsaved = new Map<string, number>();

  constructor(parts: EvaluationNumberParts) {
    this.#parts = parts;
  }

  /** What other brokers have written. */
  take({ numbers }: KnownState): void {
    for (const [platform, highest] of numbers) this.#seen.saw(platform, highest);
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
    const { storage, audit } = this.#parts;
    const head = await storage.exclusively(async (change) => {
      const { numbers } = await audit.broker(change);
      const higher = rows.filter(({ platform, highest }) => highest > (numbers.get(platform) ?? 0));
      if (higher.length === 0) return null;
      await change
        .insertInto("evaluation_numbers")
        .values(higher)
        .onConflict((conflict) =>
          conflict.column("platform").doUpdateSet({ highest: (row) => row.ref("excluded.highest") }),
        )
        .execute();
      const subject = higher.map(({ platform, highest }) => `${platform} ${highest}`).join(", ");
      const next = new Map([...numbers, ...higher.map(({ platform, highest }) => [platform, highest] as const)]);
      const changed = { broker: { numbers: next } };
      const deed = { actor: "key broker", act: "evaluation-number-rose", subject, content: null };
      return audit.append(change, { kind: "administration", tenant: null, ...deed }, changed);
    });
    if (head) await audit.appended(head);
    for (const { platform, highest } of rows) {
      if (this.#unsaved.get(platform) === highest) this.#unsaved.delete(platform);
    }
  }
}
