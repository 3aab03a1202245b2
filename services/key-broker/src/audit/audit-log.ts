// The audit log: appended within the change that it speaks of, so that nothing happens unlogged and nothing logged is undone.
import { canonicalJson } from "@sealserve/protocols/key-broker";
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";
import { AuditError } from "./audit-error.ts";
import { type ChainedEntry, genesis, hashEntry, link } from "./chain.ts";
import type { Content } from "./content.ts";
import type { NewEntry } from "./entry.ts";
import type { AuditWitness } from "./witness.ts";

export interface Head {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditLogParts {
  readonly vault: Vault;
  /** Milliseconds since 1970. */
  readonly epoch: () => number;
  readonly witness: AuditWitness;
}

export class AuditLog {
  readonly #parts: AuditLogParts;
  /** How far this process has seen the log come; the database may be ahead of it, never behind. */
  #seen: Head = { sequence: 0, hash: genesis };
  #witnessed: Promise<void> = Promise.resolve();

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** Checks the head, and the chain against what the witness remembers. Throws `AuditError`. */
  async open(db: Database): Promise<void> {
    const head = await this.#head(db);
    await this.#checkReaches(db, head, await this.#parts.witness.read());
    this.#seen = head;
  }

  /**
   * Appends within `change`, which must be exclusive: see `Storage.exclusively`. The result is the entry's sequence number. Throws
   * `AuditError` where the log was cut, changed or restored from an older copy: then nothing may be released.
   */
  async append(change: Change, entry: NewEntry): Promise<Head> {
    const { vault, epoch } = this.#parts;
    const head = await this.#head(change);
    await this.#checkReaches(change, head, this.#seen);
    const sequence = head.sequence + 1;
    const text = canonicalJson({ ...entry, sequence, time: new Date(epoch()).toISOString() });
    const next = { sequence, hash: link(head.hash, sequence, hashEntry(text)) };
    await change.insertInto("audit").values({ sequence, tenant: entry.tenant, entry: text, hash: next.hash }).execute();
    const row = { id: 1, ...next, mac: macOf(vault, next) };
    await change
      .insertInto("audit_head")
      .values(row)
      .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
      .execute();
    return next;
  }

  /** To be called once the change with `head` is durable, and before what it allows happens. */
  async appended(head: Head): Promise<void> {
    if (head.sequence > this.#seen.sequence) {
      this.#seen = head;
      this.#witnessed = this.#parts.witness.write(head);
    }
    // Where a later entry was told first, its head speaks for this one too, but not before it is written.
    await this.#witnessed;
  }

  /** The head as the database has it, its signature checked. */
  head(db: Database): Promise<Head> {
    return this.#head(db);
  }

  /** Keeps `content` beside the log; the result is its SHA-256. */
  async keep(change: Change, { text, sha256 }: Content): Promise<string> {
    const known = await change.selectFrom("blobs").select("sha256").where("sha256", "=", sha256).executeTakeFirst();
    if (known) return sha256;
    await change
      .insertInto("blobs")
      .values({ sha256, content: Buffer.from(text) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return sha256;
  }

  /** `limit` entries from `from` on; those of other tenants than `tenants` without their text. Null: all tenants. */
  async read(
    db: Database,
    {
      from,
      limit,
      tenants,
    }: { readonly from: number; readonly limit: number; readonly tenants: readonly string[] | null },
  ): Promise<readonly ChainedEntry[]> {
    const rows = await db
      .selectFrom("audit")
      .selectAll()
      .where("sequence", ">=", from)
      .orderBy("sequence")
      .limit(limit)
      .execute();
    return rows.map(({ sequence, tenant, entry, hash }) => {
      const readable = tenants === null || (tenant !== null && tenants.includes(tenant));
      return { sequence, entry: readable ? entry : null, entryHash: hashEntry(entry), hash };
    });
  }

  /** In one statement, between whose parts nobody appends. */
  async #head(db: Database): Promise<Head> {
    const found = await db
      .selectNoFrom((select) => [
        select.selectFrom("audit_head").select("sequence").as("sequence"),
        select.selectFrom("audit_head").select("hash").as("hash"),
        select.selectFrom("audit_head").select("mac").as("mac"),
        select
          .selectFrom("audit")
          .select((last) => last.fn.max("sequence").as("last"))
          .as("last"),
        select.selectFrom("audit").select("hash").orderBy("sequence", "desc").limit(1).as("lastHash"),
      ])
      .executeTakeFirstOrThrow();
    const { sequence, hash, mac, last, lastHash } = found;
    if (sequence === null && last === null) return { sequence: 0, hash: genesis };
    if (sequence === null || hash === null || mac !== macOf(this.#parts.vault, { sequence, hash })) {
      throw new AuditError("head-forged", {});
    }
    if (last !== sequence || lastHash !== hash) {
      throw new AuditError("cut-off", { expected: sequence, found: last ?? 0 });
    }
    return { sequence, hash };
  }

  /** That the log goes through `seen`: an older copy, or one that has gone another way since, does not. */
  async #checkReaches(db: Database, head: Head, seen: Head): Promise<void> {
    if (head.sequence === seen.sequence && head.hash === seen.hash) return;
    if (head.sequence < seen.sequence) {
      throw new AuditError("rolled-back", { expected: seen.sequence, found: head.sequence });
    }
    if (seen.sequence === 0) return;
    const there = await db.selectFrom("audit").select("hash").where("sequence", "=", seen.sequence).executeTakeFirst();
    if (there?.hash !== seen.hash) throw new AuditError("forked", { sequence: seen.sequence });
  }
}

function macOf(vault: Vault, { sequence, hash }: Head): string {
  return vault.mac(`sealserve/audit-head/v1\0${sequence}\0${hash}`);
}
