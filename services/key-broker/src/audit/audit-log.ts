// The audit log: appended within the change that it speaks of, so that nothing happens unlogged and nothing logged is undone.
import { type Vault, VaultError } from "../root-key/vault.ts";
import type { BrokerState, Changed, KnownState } from "../state/broker-state.ts";
import type { TenantState } from "../state/tenant-state.ts";
import type { Change, Database } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";
import { AuditError } from "./audit-error.ts";
import { type ChainedEntry, genesis, hashEntry } from "./chain.ts";
import type { Content } from "./content.ts";
import type { NewEntry } from "./entry.ts";
import { appendAfter, checkReaches, type Head, readHead, type StatedHead } from "./head.ts";
import type { AuditWitness } from "./witness.ts";

/** Makes the state of a database that has none, and returns its digest. */
export type BeginState = (change: Change, head: Head) => Promise<string>;

/** The first entry of a new log, and of one from before entries had a state. */
const begun: NewEntry = {
  kind: "administration",
  tenant: null,
  actor: "key broker",
  act: "state-begun",
  subject: "",
  content: null,
};

interface KnownHead extends Head {
  readonly state: string;
}

export interface AuditLogParts {
  readonly vault: Vault;
  /** Milliseconds since 1970. */
  readonly epoch: () => number;
  readonly witness: AuditWitness;
  readonly state: BrokerState;
}

export class AuditLog {
  readonly #parts: AuditLogParts;
  /** How far this process has seen the log come; the database may be ahead of it, never behind. */
  #seen: Head = { sequence: 0, hash: genesis };
  #witnessed: Promise<void> = Promise.resolve();
  readonly #heads = new WeakMap<Change, KnownHead>();

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /**
   * Checks the head, the chain against what the witness remembers, and the state against the head; a database without a state gets one
   * by `begin`. The result is how far the witness had seen it come, and how far it has. Throws `AuditError`.
   */
  async open(storage: Storage, begin: BeginState): Promise<{ readonly seen: number; readonly found: number }> {
    const { vault, epoch, witness, state } = this.#parts;
    const seen = await witness.read();
    let sequence = 0;
    const head = await storage.exclusively(async (change) => {
      const found = await readHead(change, vault);
      await checkReaches(change, this.#parts.vault, found, seen);
      sequence = found.sequence;
      if (found.state === null)
        return appendAfter(found, { entry: begun, state: await begin(change, found) }, { change, vault, epoch });
      await state.check(change, found.state);
      return found;
    });
    // Also where nothing was appended: the witness may be new, or behind.
    await this.appended(head);
    return { seen: seen.sequence, found: sequence };
  }

  /** What is decided upon, verified against the head. Throws `AuditError`. */
  async current(storage: Storage): Promise<KnownState> {
    const { vault, state } = this.#parts;
    // Before: entries are appended while the head is read.
    const seen = this.#seen;
    const head = await readHead(storage.db, vault);
    await checkReaches(storage.db, this.#parts.vault, head, seen);
    const known = state.known(head.state ?? "");
    // Only while nobody changes it can all be read as it is at one moment.
    return known ?? storage.exclusively((change) => this.broker(change));
  }

  /** Whether the database answers just now, and is the one that this broker knows: else it decides nothing. */
  async holds(storage: Storage): Promise<boolean> {
    return this.current(storage).then(
      () => true,
      () => false,
    );
  }

  /** `error`, or what is wrong with the log where a value did not open: as a rule there is another root key since. */
  async reasonFor(error: unknown, storage: Storage): Promise<unknown> {
    if (!(error instanceof VaultError)) return error;
    return this.current(storage).then(
      () => error,
      (reason) => reason,
    );
  }

  /** The same within `change`. */
  async broker(change: Change): Promise<KnownState> {
    return this.#parts.state.check(change, (await this.#headOf(change)).state);
  }

  /** The rows of `tenant`, which nobody changes within `change`: those that the log's last entry is of. Throws `AuditError`. */
  async check(change: Change, tenant: string): Promise<TenantState | null> {
    return this.#parts.state.checkTenant(change, (await this.#headOf(change)).state, tenant);
  }

  /**
   * Appends within `change`, which must be exclusive: see `Storage.exclusively`; of `changed`, `check` was called before it was. The result
   * is the new head. Throws `AuditError` where the log was cut, changed or restored from an older copy: then nothing may be released.
   */
  async append(change: Change, entry: NewEntry, changed: Changed = "nothing"): Promise<Head> {
    const { vault, epoch, state: states } = this.#parts;
    const head = await this.#headOf(change);
    const state = changed === "nothing" ? head.state : await states.next(change, head.state, changed);
    const next = await appendAfter(head, { entry, state }, { change, vault, epoch });
    this.#heads.set(change, { ...next, state });
    return next;
  }

  /** To be called once the change with `head` is durable, and before what it allows happens. */
  async appended(head: Head): Promise<void> {
    if (head.sequence > this.#seen.sequence) {
      this.#seen = { sequence: head.sequence, hash: head.hash };
      this.#witnessed = this.#parts.witness.write(this.#seen);
    }
    // Where a later entry was told first, its head speaks for this one too, but not before it is written.
    await this.#witnessed;
  }

  /** The head as the database has it, its signature checked. */
  head(db: Database): Promise<StatedHead> {
    return readHead(db, this.#parts.vault);
  }

  /** Whether `content` is kept already. */
  async has(change: Change, { sha256 }: Content): Promise<boolean> {
    return !!(await change.selectFrom("blobs").select("sha256").where("sha256", "=", sha256).executeTakeFirst());
  }

  /** Keeps `content` beside the log; the result is its SHA-256. */
  async keep(change: Change, content: Content): Promise<string> {
    const { text, sha256 } = content;
    if (await this.has(change, content)) return sha256;
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

  /** Read once: within an exclusive change nobody else appends. */
  async #headOf(change: Change): Promise<KnownHead> {
    const known = this.#heads.get(change);
    if (known) return known;
    const { state, ...head } = await readHead(change, this.#parts.vault);
    await checkReaches(change, this.#parts.vault, head, this.#seen);
    if (state === null) throw new AuditError("head-forged", {});
    this.#heads.set(change, { ...head, state });
    return { ...head, state };
  }
}
