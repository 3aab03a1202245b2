// The one digest over all that the broker decides upon, which every entry of the audit log holds: an older copy of any row does not fit it.
import { AuditError } from "../audit/audit-error.ts";
import type { Change, Database } from "../storage/schema.ts";
import { digest, noRules, type TenantState, tenantLeaf, tenantState } from "./tenant-state.ts";

/** What was read from the database and fits the digest. */
export interface KnownState {
  readonly root: string;
  /** Of the root key's shares. */
  readonly epoch: number;
  /** By tenant. */
  readonly leaves: ReadonlyMap<string, string>;
  /** Highest evaluation numbers by platform. */
  readonly numbers: ReadonlyMap<string, number>;
  /** When the latest collateral was signed, by root; ISO 8601. */
  readonly signedTimes: ReadonlyMap<string, string>;
  /** Of the broker's own keys that have, or are, a successor. */
  readonly terms: readonly KeyTerm[];
}

/** The broker's own keys have names of their own for good: no second one has the name of a first. */
export interface KeyTerm {
  /** `mesh`, then `mesh/2`. */
  readonly name: string;
  /** ISO 8601; empty: since ever. */
  readonly signsFrom: string;
  /** ISO 8601; empty: as long as there is no successor. */
  readonly trustedUntil: string;
}

/** What a change is about: nothing that is decided upon, one tenant, or the broker as a whole, with what it is from now on. */
export type Changed =
  | "nothing"
  | { readonly tenant: string }
  | { readonly broker: Partial<Omit<KnownState, "root" | "leaves">> };

export class BrokerState {
  /** The last that was verified: as long as the log's digest is the same, nothing has to be read again. */
  #known: KnownState | null = null;

  /** Null where another digest than `root` was verified last. */
  known(root: string): KnownState | null {
    return this.#known?.root === root ? this.#known : null;
  }

  /** `db` must not change meanwhile. Throws `AuditError` `state-changed`. */
  async check(db: Database, root: string): Promise<KnownState> {
    const known = this.known(root);
    if (known) return known;
    const found = await readState(db);
    if (found.root !== root) throw new AuditError("state-changed", { where: "the broker's state" });
    this.#known = found;
    return found;
  }

  /** That the rows of `tenant` are those that the log's digest is of. Null: there is no such tenant. Throws `AuditError` `state-changed`. */
  async checkTenant(change: Change, root: string, tenant: string): Promise<TenantState | null> {
    const { leaves } = await this.check(change, root);
    const state = await tenantState(change, tenant);
    const leaf = state && (await tenantLeaf(change, tenant, state.rules));
    if (leaf !== (leaves.get(tenant) ?? null)) throw new AuditError("state-changed", { where: `tenant '${tenant}'` });
    return state;
  }

  /**
   * The digest after a change of what `root` was of. All but what was changed is taken from memory: what others wrote beside the change
   * does not get in. Throws `AuditError` `state-changed`.
   */
  async next(change: Change, root: string, changed: Exclude<Changed, "nothing">): Promise<string> {
    const known = await this.check(change, root);
    // Not remembered: the change may still be undone.
    if ("broker" in changed) return rootOf({ ...known, ...changed.broker });
    const leaf = await writeLeaf(change, changed.tenant);
    return rootOf({ ...known, leaves: new Map(known.leaves).set(changed.tenant, leaf) });
  }
}

/** Takes every tenant as it is. Returns the digest. */
export async function beginDigest(change: Change): Promise<string> {
  const rows = await change.selectFrom("tenants").select("tenant").execute();
  for (const { tenant } of rows) await writeLeaf(change, tenant);
  return (await readState(change)).root;
}

async function writeLeaf(change: Change, tenant: string): Promise<string> {
  const leaf = await tenantLeaf(change, tenant, (await tenantState(change, tenant))?.rules ?? noRules);
  await change.updateTable("tenants").set({ leaf }).where("tenant", "=", tenant).execute();
  return leaf;
}

async function readState(db: Database): Promise<KnownState> {
  const root = await db.selectFrom("root").select("epoch").executeTakeFirst();
  const tenants = await db.selectFrom("tenants").select(["tenant", "leaf"]).execute();
  const numbers = await db.selectFrom("evaluation_numbers").selectAll().execute();
  const times = await db.selectFrom("signed_times").selectAll().execute();
  const own = await db.selectFrom("broker_keys").select(["name", "signs_from", "trusted_until"]).execute();
  const state = {
    epoch: root?.epoch ?? 0,
    leaves: new Map(tenants.map(({ tenant, leaf }) => [tenant, leaf])),
    numbers: new Map(numbers.map(({ platform, highest }) => [platform, highest])),
    signedTimes: new Map(times.map(({ root, latest }) => [root, latest])),
    terms: termsOf(
      own.map(({ name, signs_from, trusted_until }) => ({ name, signsFrom: signs_from, trustedUntil: trusted_until })),
    ),
  };
  return { ...state, root: rootOf(state) };
}

/** A key that has no successor yet may be made anew with a new database: until then there is nothing to remember of it. */
function termsOf(own: readonly KeyTerm[]): readonly KeyTerm[] {
  const purpose = ({ name }: KeyTerm) => name.split("/")[0];
  const succeeded = own.filter(({ name, trustedUntil }) => name.includes("/") || trustedUntil !== "").map(purpose);
  return own.filter((term) => succeeded.includes(purpose(term)));
}

function rootOf({ epoch, leaves, numbers, signedTimes, terms }: Omit<KnownState, "root">): string {
  const lines = (pairs: Iterable<readonly (string | number)[]>) => Array.from(pairs, (pair) => pair.join(" ")).sort();
  const later = [
    lines(signedTimes),
    lines(terms.map(({ name, signsFrom, trustedUntil }) => [name, signsFrom, trustedUntil])),
  ];
  // Databases of earlier versions have none of these, and their log has the digest without.
  const all = later.some((each) => each.length > 0) ? later : [];
  return digest(["sealserve/broker-state/v1", epoch, lines(leaves), lines(numbers), ...all]);
}
