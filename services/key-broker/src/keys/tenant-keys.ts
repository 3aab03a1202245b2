// The keys of tenants: age identities by name and generation, sealed in the database; every query takes the tenant.
import { generateKeyPair, type Identity, parseIdentity, recipientOf, type Stanza } from "@sealserve/sealing";
import type { Place, Vault } from "../root-key/vault.ts";
import { stampedPlace } from "../state/stamps.ts";
import type { StampedKey } from "../state/tenant-state.ts";
import type { Change, Database } from "../storage/schema.ts";

export interface KeyFacts {
  readonly name: string;
  /** From 1; the highest that is enabled is the one to seal to. */
  readonly generation: number;
  /** `age1…` */
  readonly recipient: string;
  readonly enabled: boolean;
  readonly created: string;
}

export type KeyKind = "x25519" | "post-quantum";

export interface TenantKeysParts {
  readonly vault: Vault;
  readonly epoch: () => number;
}

export class TenantKeys {
  readonly #parts: TenantKeysParts;

  constructor(parts: TenantKeysParts) {
    this.#parts = parts;
  }

  async list(db: Database, tenant: string): Promise<readonly KeyFacts[]> {
    const rows = await db
      .selectFrom("keys")
      .select(["name", "generation", "recipient", "enabled", "created"])
      .where("tenant", "=", tenant)
      .orderBy("name")
      .orderBy("generation")
      .execute();
    return rows.map(({ enabled, ...facts }) => ({ ...facts, enabled: enabled === 1 }));
  }

  /** The next generation of `name`, made here or imported; those before it go on opening what is sealed to them. */
  async add(
    change: Change,
    tenant: string,
    name: string,
    material: KeyKind | { readonly identity: string },
  ): Promise<KeyFacts> {
    const { vault, epoch } = this.#parts;
    const { identity, recipient } =
      typeof material === "string"
        ? await generateKeyPair(material)
        : { identity: material.identity, recipient: await recipientOf(material.identity) };
    const { last } = await change
      .selectFrom("keys")
      .select((select) => select.fn.max("generation").as("last"))
      .where("tenant", "=", tenant)
      .where("name", "=", name)
      .executeTakeFirstOrThrow();
    const generation = Number(last ?? 0) + 1;
    const secret = Buffer.from(identity);
    const stamp = vault.stamp();
    const sealed = vault.seal(secret, placeOf(tenant, name, generation, stamp));
    secret.fill(0);
    const facts = { name, generation, recipient, created: new Date(epoch()).toISOString() };
    await change
      .insertInto("keys")
      .values({ ...facts, tenant, sealed, stamp, enabled: 1 })
      .execute();
    return { ...facts, enabled: true };
  }

  /** Of one generation, or of all; the result is how many there were. */
  async enable(
    change: Change,
    tenant: string,
    name: string,
    generation: number | null,
    enabled: boolean,
  ): Promise<number> {
    const update = change
      .updateTable("keys")
      .set({ enabled: enabled ? 1 : 0 })
      .where("tenant", "=", tenant)
      .where("name", "=", name);
    const narrowed = generation === null ? update : update.where("generation", "=", generation);
    const { numUpdatedRows } = await narrowed.executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  }

  /** Opens a file key with those of `names` that `known` has enabled, newest first. Null where no stanza is for any of them. */
  async unwrap(
    db: Database,
    tenant: string,
    { names, known }: { readonly names: readonly string[]; readonly known: readonly StampedKey[] },
    stanzas: readonly Stanza[],
  ): Promise<{ readonly fileKey: Uint8Array; readonly key: string } | null> {
    if (names.length === 0) return null;
    const rows = await db
      .selectFrom("keys")
      .select(["name", "generation", "sealed", "stamp"])
      .where("tenant", "=", tenant)
      .where("name", "in", [...names])
      .orderBy("generation", "desc")
      .execute();
    for (const { name, generation, sealed, stamp } of rows) {
      const same = (key: StampedKey) => key.name === name && key.generation === generation && key.stamp === stamp;
      // Not by this row's own word: it may be an older one.
      if (known.find(same)?.enabled !== 1) continue;
      const fileKey = await this.#identity(sealed, placeOf(tenant, name, generation, stamp)).unwrap(stanzas);
      if (fileKey) return { fileKey, key: `${name}/${generation}` };
    }
    return null;
  }

  #identity(sealed: Uint8Array, place: Place): Identity {
    const opened = this.#parts.vault.open(sealed, place);
    const identity = parseIdentity(Buffer.from(opened).toString("utf8"));
    opened.fill(0);
    return identity;
  }
}

function placeOf(tenant: string, name: string, generation: number, stamp: string): Place {
  return stampedPlace(["keys", tenant, name, generation], stamp);
}
