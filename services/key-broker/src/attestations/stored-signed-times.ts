// When the latest collateral that any broker on the database has seen was signed, so that no clock goes back behind it, nor a restart.
import { rememberSignedTimes, type SignedTimes } from "@sealserve/attestation";
import type { AuditLog } from "../audit/audit-log.ts";
import type { KnownState } from "../state/broker-state.ts";
import type { Storage } from "../storage/storage.ts";

/** What is written may be so much behind what was seen, in milliseconds: each writing is an entry of the audit log. */
const coarse = 3_600_000;

export class StoredSignedTimes implements SignedTimes {
  readonly #parts: { readonly storage: Storage; readonly audit: AuditLog };
  readonly #seen = rememberSignedTimes();
  readonly #written = new Map<string, number>();
  /** By root: what was seen and is to be written. */
  readonly #unsaved = new Map<string, Date>();

  constructor(parts: { readonly storage: Storage; readonly audit: AuditLog }) {
    this.#parts = parts;
  }

  /** What other brokers have written. */
  take({ signedTimes }: KnownState): void {
    for (const [root, latest] of signedTimes) {
      const time = new Date(latest);
      this.#seen.saw(root, time);
      this.#written.set(root, time.getTime());
    }
  }

  latest(root: string): Date | null {
    return this.#seen.latest(root);
  }

  saw(root: string, issuedAt: Date): void {
    this.#seen.saw(root, issuedAt);
    if (issuedAt.getTime() >= (this.#written.get(root) ?? Number.NEGATIVE_INFINITY) + coarse) {
      this.#unsaved.set(root, issuedAt);
    }
  }

  /** Durable when it returns, but for the last hour. */
  async save(): Promise<void> {
    const seen = [...this.#unsaved];
    if (seen.length === 0) return;
    const { storage, audit } = this.#parts;
    const head = await storage.exclusively(async (change) => {
      const { signedTimes } = await audit.broker(change);
      const later = seen
        .map(([root, time]) => ({ root, latest: time.toISOString() }))
        .filter(({ root, latest }) => Date.parse(latest) > Date.parse(signedTimes.get(root) ?? "1970-01-01"));
      if (later.length === 0) return null;
      await change
        .insertInto("signed_times")
        .values(later)
        .onConflict((conflict) => conflict.column("root").doUpdateSet({ latest: (row) => row.ref("excluded.latest") }))
        .execute();
      const subject = later.map(({ root, latest }) => `${root} ${latest}`).join(", ");
      const deed = { actor: "key broker", act: "signed-time-rose", subject, content: null };
      const next = new Map([...signedTimes, ...later.map(({ root, latest }) => [root, latest] as const)]);
      const changed = { broker: { signedTimes: next } };
      return audit.append(change, { kind: "administration", tenant: null, ...deed }, changed);
    });
    if (head) await audit.appended(head);
    for (const [root, time] of seen) {
      this.#written.set(root, Math.max(time.getTime(), this.#written.get(root) ?? 0));
      if (this.#unsaved.get(root) === time) this.#unsaved.delete(root);
    }
  }
}
