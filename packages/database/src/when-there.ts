// Waits for a PostgreSQL that is not there yet: processes that start before it, or while it is away, begin when it comes.
import { pauseBy, reasonOf } from "@sealserve/primitives";
import { DatabaseError, type DatabaseTrouble } from "./database-error.ts";
import type { DatabaseLog } from "./opened-database.ts";

export interface WhenThereParts {
  readonly clock: { setTimer(delay: number, callback: () => void): { cancel(): void } };
  readonly logger: DatabaseLog;
  /** Ends the wait. */
  readonly stopping: AbortSignal;
  /** Told after each attempt in vain. */
  onAway(trouble: DatabaseTrouble): void;
}

/**
 * Opens as often as it takes, after 1 s, 2 s and so on up to 30 s. Throws what `open` throws where waiting would not help: a SQLite file, a URL that
 * is refused, a user who is not let in; and the reason of `stopping`.
 */
export async function whenThere<T>(
  open: () => Promise<T>,
  { clock, logger, stopping, onAway }: WhenThereParts,
): Promise<T> {
  const pause = pauseBy(clock);
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      stopping.throwIfAborted();
      if (!(error instanceof DatabaseError) || error.facts.kind !== "PostgreSQL" || error.facts.trouble === null) {
        throw error;
      }
      logger.warn("the database is not there yet", { attempt, reason: reasonOf(error.cause) });
      onAway(error.facts.trouble);
      await pause(attempt, stopping);
    }
  }
}
