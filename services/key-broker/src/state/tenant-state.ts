// What a tenant's decisions rest on, row by row, and the digest that the audit log holds of it.
import { createHash } from "node:crypto";
import { canonicalJson } from "@sealserve/protocols/key-broker";
import type { Change, Database } from "../storage/schema.ts";

/** A stamp is made anew each time a row's content is written, and is sealed or vouched for together with it. */
export interface StampedKey {
  readonly name: string;
  readonly generation: number;
  readonly enabled: number;
  readonly stamp: string;
}

export interface StampedPolicy {
  readonly model: string;
  readonly stamp: string;
}

export interface StampedReference extends StampedPolicy {
  readonly name: string;
}

export interface StampedResource extends StampedPolicy {
  readonly tag: string;
}

export interface TenantRules {
  readonly revision: number;
  readonly keys: readonly StampedKey[];
  readonly policies: readonly StampedPolicy[];
  readonly references: readonly StampedReference[];
  readonly resources: readonly StampedResource[];
}

export interface TenantState extends TenantRules {
  /** SHA-256 over all of it, hex. */
  readonly rules: string;
}

/** What a tenant that does not exist is decided upon. */
export const noRules = "none";

/** Null: there is no such tenant. Read outside of a change, its parts may be of different moments: then `rules` is nobody's. */
export async function tenantState(db: Database, tenant: string): Promise<TenantState | null> {
  const row = await db.selectFrom("tenants").select("revision").where("tenant", "=", tenant).executeTakeFirst();
  if (!row) return null;
  const keys = await db
    .selectFrom("keys")
    .select(["name", "generation", "enabled", "stamp"])
    .where("tenant", "=", tenant)
    .execute();
  const policies = await db.selectFrom("policies").select(["model", "stamp"]).where("tenant", "=", tenant).execute();
  const references = await db
    .selectFrom("reference_values")
    .select(["model", "name", "stamp"])
    .where("tenant", "=", tenant)
    .execute();
  const resources = await db
    .selectFrom("resources")
    .select(["model", "tag", "stamp"])
    .where("tenant", "=", tenant)
    .execute();
  const state = { revision: row.revision, keys, policies, references, resources };
  return { ...state, rules: rulesDigest(state) };
}

/** Of the whole tenant: its rules, and how often what was released that has a limit. */
export async function tenantLeaf(change: Change, tenant: string, rules: string): Promise<string> {
  const counts = await change
    .selectFrom("policies")
    .select(["model", "releases"])
    .where("tenant", "=", tenant)
    .execute();
  return digest(["sealserve/tenant-leaf/v1", tenant, rules, inOrder(counts)]);
}

function rulesDigest({ revision, keys, policies, references, resources }: TenantRules): string {
  return digest([
    "sealserve/tenant-rules/v1",
    revision,
    ...[keys, policies, references, resources].map((rows) => inOrder(rows)),
  ]);
}

/** The databases sort texts in different ways. */
function inOrder(rows: readonly object[]): readonly string[] {
  return rows.map((row) => canonicalJson(row)).sort();
}

export function digest(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
