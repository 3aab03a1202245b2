// What is in the way of a broker's answers: from its first moment, while it waits for its database, to its last.
import type { DatabaseTrouble } from "@sealserve/database";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Storage } from "../storage/storage.ts";

const away: Readonly<Record<DatabaseTrouble, string>> = {
  full: "its database is full",
  unreachable: "its database cannot be reached",
  busy: "its database is busy",
  "read-only": "its database takes no changes",
};

export class Readiness {
  #reason: string | null = "it starts";
  #holds: () => Promise<boolean> = async () => true;

  /** Before it has begun. */
  wait(trouble: DatabaseTrouble): void {
    this.#reason = away[trouble];
  }

  /** From now on the database decides. */
  begin(storage: Storage, audit: AuditLog): void {
    this.#reason = null;
    this.#holds = () => audit.holds(storage);
  }

  /** For good. */
  end(): void {
    this.#reason = "it stops";
  }

  /** Null: nothing. */
  async notReady(): Promise<string | null> {
    if (this.#reason !== null) return this.#reason;
    return (await this.#holds()) ? null : "its database does not answer, or is not as it was";
  }
}
