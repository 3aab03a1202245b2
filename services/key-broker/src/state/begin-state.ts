// Takes a database into care: each row gets a stamp, and the log its first digest; rows of earlier versions are written anew.
import { BrokerStartError } from "../broker-start-error.ts";
import { type Place, type Vault, VaultError } from "../root-key/vault.ts";
import type { Change } from "../storage/schema.ts";
import { beginDigest } from "./broker-state.ts";
import { stampedPlace } from "./stamps.ts";

/**
 * Every row is taken as it is found. Throws `BrokerStartError` `documents-unvouched` for a document that the root key does not vouch for: whoever
 * could write to the database may have put it there.
 */
export async function beginState(change: Change, { vault }: { readonly vault: Vault }): Promise<string> {
  await stampSealed(change, vault);
  await stampVouched(change, vault);
  return beginDigest(change);
}

/** Vouches for documents from before the broker did, as they are. The result is where they were. */
export async function adoptDocuments(change: Change, { vault }: { readonly vault: Vault }): Promise<readonly string[]> {
  const adopted: string[] = [];
  for (const { place, document, stamp, write } of await storedDocuments(change)) {
    if (isVouched(vault, document, stampedPlace(place, stamp))) continue;
    adopted.push(place.join("/"));
    const renewed = vault.stamp();
    await write({ document: vault.vouch(unvouched(document), stampedPlace(place, renewed)), stamp: renewed });
  }
  return adopted;
}

interface StampedDocument {
  readonly document: string;
  readonly stamp: string;
}

interface StoredDocument extends StampedDocument {
  readonly place: Place;
  /** In the place of what is there. */
  write(made: StampedDocument): Promise<unknown>;
}

/** All that is vouched for: policies and reference values. */
async function storedDocuments(change: Change): Promise<readonly StoredDocument[]> {
  const policies = await change.selectFrom("policies").selectAll().execute();
  const references = await change.selectFrom("reference_values").selectAll().execute();
  return [
    ...policies.map(({ tenant, model, document, stamp }) => ({
      ...{ place: ["policies", tenant, model], document, stamp },
      write: (made: StampedDocument) =>
        change
          .updateTable("policies")
          .set({ ...made })
          .where("tenant", "=", tenant)
          .where("model", "=", model)
          .execute(),
    })),
    ...references.map(({ tenant, model, name, document, stamp }) => ({
      ...{ place: ["reference_values", tenant, model, name], document, stamp },
      write: (made: StampedDocument) =>
        change
          .updateTable("reference_values")
          .set({ ...made })
          .where("tenant", "=", tenant)
          .where("model", "=", model)
          .where("name", "=", name)
          .execute(),
    })),
  ];
}

async function stampSealed(change: Change, vault: Vault): Promise<void> {
  for (const row of await change.selectFrom("keys").selectAll().where("stamp", "=", "").execute()) {
    const made = resealed(vault, row.sealed, ["keys", row.tenant, row.name, row.generation]);
    await change
      .updateTable("keys")
      .set(made)
      .where("tenant", "=", row.tenant)
      .where("name", "=", row.name)
      .where("generation", "=", row.generation)
      .execute();
  }
  for (const row of await change.selectFrom("resources").selectAll().where("stamp", "=", "").execute()) {
    const made = resealed(vault, row.sealed, ["resources", row.tenant, row.model, row.tag]);
    await change
      .updateTable("resources")
      .set(made)
      .where("tenant", "=", row.tenant)
      .where("model", "=", row.model)
      .where("tag", "=", row.tag)
      .execute();
  }
}

async function stampVouched(change: Change, vault: Vault): Promise<void> {
  for (const { place, document, stamp, write } of await storedDocuments(change)) {
    if (stamp === "") await write(revouched(vault, document, place));
  }
}

function resealed(vault: Vault, sealed: Uint8Array, place: Place) {
  const secret = vault.open(sealed, place);
  const stamp = vault.stamp();
  const again = vault.seal(secret, stampedPlace(place, stamp));
  secret.fill(0);
  return { sealed: again, stamp };
}

function revouched(vault: Vault, stored: string, place: Place) {
  if (!isVouched(vault, stored, place)) throw new BrokerStartError("documents-unvouched", { place: place.join("/") });
  const stamp = vault.stamp();
  return { document: vault.vouch(vault.vouched(stored, place), stampedPlace(place, stamp)), stamp };
}

function isVouched(vault: Vault, stored: string, place: Place): boolean {
  try {
    vault.vouched(stored, place);
    return true;
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}

/** The document itself, behind a proof or with none before it. */
function unvouched(stored: string): string {
  return stored.replace(/^[0-9a-f]{64}\./, "");
}
