// The tokens of administrators that were used at any broker on one database, so that none is used at two, or again after a restart.
import { createHash } from "node:crypto";
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { Storage } from "../storage/storage.ts";

export interface UsedToken {
  /** The administrator's key, by its id. */
  readonly key: string;
  /** The token's own `jti`. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly until: number;
}

/** At most as many of one key; one more is refused, for forgetting one would let it in again. */
const entries = 10_000;
/** Seconds for which they are remembered beyond their end: another broker's clock may be behind. */
const clockDifference = 3_600;

/** Throws `admin-refused` `token-replayed`, `too-many-requests`, and `unavailable` where the database cannot say. */
export async function useAnywhere(storage: Storage, { key, id, now, until }: UsedToken): Promise<void> {
  // Of one length and of plain letters, whatever the token says.
  const token = createHash("sha256")
    .update(JSON.stringify([key, id]))
    .digest("hex");
  const added = await storage
    .exclusively(async (change) => {
      await change
        .deleteFrom("used_tokens")
        .where("until", "<", now - clockDifference)
        .execute();
      const ofKey = change.selectFrom("used_tokens").where("administrator_key", "=", key).where("until", ">=", now);
      const { count } = await ofKey.select(({ fn }) => fn.countAll().as("count")).executeTakeFirstOrThrow();
      if (Number(count) >= entries) return "full";
      const row = { token, administrator_key: key, until };
      const insert = change.insertInto("used_tokens").values(row);
      const { numInsertedOrUpdatedRows } = await insert
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n ? "added" : "known";
    })
    .catch((error: unknown) => {
      throw new KeyBrokerError("unavailable", {}, error);
    });
  if (added === "known") throw new KeyBrokerError("admin-refused", { reason: "token-replayed" });
  if (added === "full") throw new KeyBrokerError("too-many-requests", { retryAfter: 60 });
}
