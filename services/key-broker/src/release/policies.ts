// Policies and reference values of tenants by model; every query takes the tenant, and the vault vouches for every document.
import type { ReferenceValue } from "@sealserve/attestation";
import { canonicalJson } from "@sealserve/protocols/key-broker";
import type { Vault } from "../root-key/vault.ts";
import { stampedPlace } from "../state/stamps.ts";
import { noRules, type TenantState, tenantState } from "../state/tenant-state.ts";
import type { Change, Database } from "../storage/schema.ts";
import { parseReference, parseReleasePolicy, type ReleasePolicy } from "./release-policy.ts";

/** A policy as it is at one moment, and all of the tenant's that is decided upon with it. */
export interface PolicySnapshot {
  /** Null: there is no such tenant. */
  readonly state: TenantState | null;
  /** The digest of `state`, or `torn`: it must be the log's when the decision is committed. */
  readonly rules: string;
  readonly policy: ReleasePolicy | null;
}

/** What was read in parts that do not belong together: nothing is committed upon it. */
const torn = "torn";

/** Where policies and reference values are read; who can write there alone decides nothing. */
export interface PolicySource {
  readonly db: Database;
  readonly vault: Vault;
}

export interface PolicyTarget {
  readonly change: Change;
  readonly vault: Vault;
}

interface Stamped<T> {
  readonly value: T;
  readonly name: string;
  readonly stamp: string;
}

/** Throws `VaultError` where a document is not as an administrator set it. */
export async function snapshotOf(source: PolicySource, tenant: string, model: string): Promise<PolicySnapshot> {
  const state = await tenantState(source.db, tenant);
  if (!state) return { state, rules: noRules, policy: null };
  const found = await policyRow(source, tenant, model);
  const references = await referenceRows(source, tenant, model);
  const same =
    state.policies.find((policy) => policy.model === model)?.stamp === found?.stamp &&
    sameStamps(
      state.references.filter((reference) => reference.model === model),
      references,
    );
  const rules = same ? state.rules : torn;
  if (!found) return { state, rules, policy: null };
  const policy = parseReleasePolicy(found.value);
  const all = [...policy.appraisal.references, ...references.map(({ value }) => value)];
  return { state, rules, policy: { ...policy, appraisal: { ...policy.appraisal, references: all } } };
}

interface Named {
  readonly name: string;
  readonly stamp: string;
}

function sameStamps(expected: readonly Named[], found: readonly Named[]): boolean {
  const lines = (rows: readonly Named[]) => rows.map(({ name, stamp }) => `${name} ${stamp}`).sort();
  return lines(expected).join() === lines(found).join();
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
export async function policyDocument(source: PolicySource, tenant: string, model: string): Promise<unknown> {
  return (await policyRow(source, tenant, model))?.value ?? null;
}

async function policyRow({ db, vault }: PolicySource, tenant: string, model: string): Promise<Stamped<unknown> | null> {
  const row = await db
    .selectFrom("policies")
    .select(["document", "stamp"])
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .executeTakeFirst();
  if (!row) return null;
  const { document, stamp } = row;
  const text = vault.vouched(document, stampedPlace(["policies", tenant, model], stamp));
  return { value: JSON.parse(text), name: model, stamp };
}

/** A policy that replaces another begins to count its releases anew. */
export async function setPolicy(
  { change, vault }: PolicyTarget,
  tenant: string,
  model: string,
  policy: ReleasePolicy,
): Promise<void> {
  const stamp = vault.stamp();
  const document = vault.vouch(canonicalJson(policy), stampedPlace(["policies", tenant, model], stamp));
  const row = { tenant, model, document, releases: 0, stamp };
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
  source: PolicySource,
  tenant: string,
  model: string,
): Promise<readonly ReferenceValue[]> {
  return (await referenceRows(source, tenant, model)).map(({ value }) => value);
}

async function referenceRows(
  { db, vault }: PolicySource,
  tenant: string,
  model: string,
): Promise<readonly Stamped<ReferenceValue>[]> {
  const rows = await db
    .selectFrom("reference_values")
    .select(["name", "document", "stamp"])
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .orderBy("name")
    .execute();
  return rows.map(({ name, document, stamp }) => {
    const text = vault.vouched(document, stampedPlace(["reference_values", tenant, model, name], stamp));
    return { value: parseReference(JSON.parse(text)), name, stamp };
  });
}

export async function setReference(
  { change, vault }: PolicyTarget,
  tenant: string,
  model: string,
  value: ReferenceValue,
): Promise<void> {
  const { name } = value;
  const stamp = vault.stamp();
  const document = vault.vouch(canonicalJson(value), stampedPlace(["reference_values", tenant, model, name], stamp));
  const row = { tenant, model, name, document, stamp };
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

/** Counts one release more of what has a limit. False: the limit is reached, and nothing was counted. */
export async function countRelease(change: Change, tenant: string, model: string, limit: number): Promise<boolean> {
  const { numUpdatedRows } = await change
    .updateTable("policies")
    .set((current) => ({ releases: current("releases", "+", 1) }))
    .where("tenant", "=", tenant)
    .where("model", "=", model)
    .where("releases", "<", limit)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
