// The tables of the key broker, as the query layer sees them.
import type { Generated, Kysely, Transaction } from "kysely";

/** Times are ISO 8601 in UTC; documents are canonical JSON; what is secret is sealed by the vault. */
export interface Tables {
  /** One row: which root key this database is sealed under. */
  readonly root: { id: number; epoch: number; salt: string; proof: Uint8Array };
  /** The broker's own keys: EAR signing, mesh authority, checkpoints; `name/2` and so on are successors. */
  readonly broker_keys: {
    name: string;
    sealed: Uint8Array;
    public: string;
    /** Empty: since ever. */
    signs_from: Generated<string>;
    /** Empty: as long as there is no successor. */
    trusted_until: Generated<string>;
  };
  readonly tenants: { tenant: string; created: string; revision: number; leaf: Generated<string> };
  readonly keys: {
    tenant: string;
    name: string;
    generation: number;
    recipient: string;
    sealed: Uint8Array;
    enabled: number;
    created: string;
    stamp: Generated<string>;
  };
  readonly policies: {
    tenant: string;
    model: string;
    document: string;
    releases: Generated<number>;
    stamp: Generated<string>;
  };
  readonly reference_values: {
    tenant: string;
    model: string;
    name: string;
    document: string;
    stamp: Generated<string>;
  };
  readonly resources: { tenant: string; model: string; tag: string; sealed: Uint8Array; stamp: Generated<string> };
  /** Who has attested, by the SHA-256 of the token. */
  readonly attestations: {
    token_hash: string;
    tenant: string;
    tee_public_key: string;
    csr_key: string | null;
    report_data: string;
    evidence: string;
    collateral: string;
    expires: string;
  };
  /** Of administrators, by the SHA-256 of their key and their `jti`; `until` in seconds since 1970. */
  readonly used_tokens: { token: string; administrator_key: string; until: number };
  /** By platform (root, kind of TEE, FMSPC): older collateral of Intel is refused. */
  readonly evaluation_numbers: { platform: string; highest: number };
  /** By root: when the latest collateral that was seen was signed. */
  readonly signed_times: { root: string; latest: string };
  /** Content by its SHA-256: evidence, collateral and policies that audit entries speak of. */
  readonly blobs: { sha256: string; content: Uint8Array };
  readonly audit: { sequence: number; tenant: string | null; entry: string; hash: string };
  /** One row: how far the audit log has come, under a key that the database does not hold. */
  readonly audit_head: { id: number; sequence: number; hash: string; mac: string };
  /** One row, where entries were removed: the signed checkpoint that stands for them. */
  readonly audit_pruned: { id: number; document: string };
}

export type Database = Kysely<Tables>;
/** All changes that belong together; see `Storage.exclusively`. */
export type Change = Transaction<Tables>;
