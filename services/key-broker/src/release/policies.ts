// Policies and reference values of tenants by model; every query takes the tenant, and the vault vouches for every document.
import type { ReferenceValue } from "@sealserve/attestation";
import { canonicalJson } from "@sealserve/protocols/key-broker";
import type { Vault } from "../root-key/vault.ts";
import type { Change, Database } from "../storage/schema.ts";
import { parseReference, parseReleasePolicy, type ReleasePolicy } from "./release-policy.ts";

/** A policy as it is at one moment. `revision` changes with each change of the tenant's policies, reference values and keys. */
export interface PolicySnapshot {
  readonly revision: number;
  readonly policy: ReleasePolicy | null;
}

/** What a tenant that does not exist is at. */
const noRevision = -1;

/** Where policies and reference values are read; who can write there alone decides nothing. */
export interface PolicySource {
  readonly db: Database;
  readonly vault: Vault;
}

export interface PolicyTarget {
  readonly change: Change;
  readonly vault: Vault;
}

/** Throws `VaultError` where a document is not as an administrator set it. */
export async function snapshotOf(source: PolicySource, tenant: string, model: string): Promise<PolicySnapshot> {
  // First: what changes while the rest is being read is noticed when the release is committed.
  const revision = await revisionOf(source.db, tenant);
  const document = await policyDocument(source, tenant, model);
  const references = await referencesOf(source, tenant, model);
  if (document === null) return { revision, policy: null };
  const policy = parseReleasePolicy(document);
  const appraisal = { ...policy.appraisal, references: [...policy.appraisal.references, ...references] };
  return { revision, policy: { ...policy, appraisal } };
}

export async function revisionOf(db: Database, tenant: string): Promise<number> {
  const row = await db.selectFrom("tenants").select("revision").where("tenant", "=", tenant).executeTakeFirst();
  return row?.revision ?? noRevision;
}

/** To be called by each change of what is decided upon. False: there is no such tenant. */
export async function touch(change: Change, tenant: string): Promise<boolean> {
  const { numUpdatedRows } = await change
    .updateTable("tenants")
    .set((current) => ({ revision: current("revision", "+", 1) }))
    .where("tenant", "=", tenant)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function modelsOf(db: Database, tenant: string): Promise<readonly string[]> {
  const rows = await db.selectFrom("policies").select("model").where("tenant", "=", tenant).orderBy("model").execute();
  return rows.map(({ model }) => model);
}

/** The document as it was set; null where there is none. Throws `VaultError`. */
export async function policyDocument({ db, vault }: PolicySource, tenant: string, model: string): Promise<unknown> {
  const row = await db
    .selectFrom("policies")
    .select("document")
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .executeTakeFirst();
  return row ? JSON.parse(vault.vouched(row.document, ["policies", tenant, model])) : null;
}

/** A policy that replaces another begins to count its releases anew. */
export async function setPolicy(
  { change, vault }: PolicyTarget,
  tenant: string,
  model: string,
  policy: ReleasePolicy,
): Promise<void> {
  const document = vault.vouch(canonicalJson(policy), ["policies", tenant, model]);
  const row = { tenant, model, document, releases: 0 };
  await change
    .insertInto("policies")
    .values(row)
    .onConflict((conflict) => conflict.columns(["tenant", "model"]).doUpdateSet(row))
    .execute();
}

export async function removePolicy(change: Change, tenant: string, model: string): Promise<boolean> {
  const { numDeletedRows } = await change
    .deleteFrom("policies")
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Throws `VaultError`. */
export async function referencesOf(
  { db, vault }: PolicySource,
  tenant: string,
  model: string,
): Promise<readonly ReferenceValue[]> {
  const rows = await db
    .selectFrom("reference_values")
    .select(["name", "document"])
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .orderBy("name")
    .execute();
  return rows.map(({ name, document }) =>
    parseReference(JSON.parse(vault.vouched(document, ["reference_values", tenant, model, name]))),
  );
}

export async function setReference(
  { change, vault }: PolicyTarget,
  tenant: string,
  model: string,
  value: ReferenceValue,
): Promise<void> {
  const { name } = value;
  const document = vault.vouch(canonicalJson(value), ["reference_values", tenant, model, name]);
  const row = { tenant, model, name, document };
  await change
    .insertInto("reference_values")
    .values(row)
    .onConflict((conflict) => conflict.columns(["tenant", "model", "name"]).doUpdateSet(row))
    .execute();
}

export async function removeReference(change: Change, tenant: string, model: string, name: string): Promise<boolean> {
  const { numDeletedRows } = await change
    .deleteFrom("reference_values")
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Counts one release more. False: the limit is reached, and nothing was counted. */
export async function countRelease(
  change: Change,
  tenant: string,
  model: string,
  limit: number | null,
): Promise<boolean> {
  const update = change
    .updateTable("policies")
    .set((current) => ({ releases: current("releases", "+", 1) }))
    .where("tenant", "=", tenant)
    .where("model", "=", model);
  const { numUpdatedRows } = await (limit === null
    ? update
    : update.where("releases", "<", limit)
  ).executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
