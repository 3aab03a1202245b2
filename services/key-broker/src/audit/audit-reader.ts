// What auditors get of the log: entries in their reach, the signed head, and the grounds of one decision.
import { utf8 } from "@sealserve/primitives";
import {
  type AuditRowDocument,
  type CheckpointDocument,
  canonicalJson,
  type GroundsDocument,
  KeyBrokerError,
} from "@sealserve/protocols/key-broker";
import { isRecord } from "../is-record.ts";
import type { SigningKey } from "../keys/broker-keys.ts";
import type { Storage } from "../storage/storage.ts";
import type { AuditLog } from "./audit-log.ts";

export interface AuditReaderParts {
  readonly storage: Storage;
  readonly audit: AuditLog;
  /** Ed25519. */
  readonly key: SigningKey;
  readonly epoch: () => number;
}

export interface AuditReach {
  /** Null: all. */
  readonly tenants: readonly string[] | null;
}

export class AuditReader {
  readonly #parts: AuditReaderParts;

  constructor(parts: AuditReaderParts) {
    this.#parts = parts;
  }

  read(page: AuditReach & { readonly from: number; readonly limit: number }): Promise<readonly AuditRowDocument[]> {
    const { storage, audit } = this.#parts;
    return audit.read(storage.db, page);
  }

  /** Whoever keeps it notices later that entries before it are missing or other ones. */
  async checkpoint(): Promise<CheckpointDocument> {
    const { storage, audit, key, epoch } = this.#parts;
    const { sequence, hash } = await audit.head(storage.db);
    const signed = { sequence, hash, time: new Date(epoch()).toISOString() };
    const signature = await crypto.subtle.sign("Ed25519", key.privateKey, checkpointBytes(signed));
    return {
      ...signed,
      signature: Buffer.from(signature).toString("base64url"),
      key: Buffer.from(key.spki).toString("base64"),
    };
  }

  /** Throws `not-found` for an entry that is not there, is out of reach, or is no decision. */
  async grounds(sequence: number, tenants: readonly string[] | null): Promise<GroundsDocument> {
    const [row] = await this.read({ from: sequence, limit: 1, tenants });
    if (row?.sequence !== sequence || row.entry === null) throw new KeyBrokerError("not-found", {});
    const entry: unknown = JSON.parse(row.entry);
    const grounds = isRecord(entry) ? entry["grounds"] : null;
    if (!isRecord(grounds)) throw new KeyBrokerError("not-found", {});
    return {
      row,
      evidence: await this.#content(grounds["evidence"]),
      collateral: await this.#content(grounds["collateral"]),
      policy: await this.#content(grounds["policy"]),
    };
  }

  async #content(sha256: unknown): Promise<string | null> {
    if (typeof sha256 !== "string") return null;
    const { db } = this.#parts.storage;
    const row = await db.selectFrom("blobs").select("content").where("sha256", "=", sha256).executeTakeFirst();
    return row ? Buffer.from(row.content).toString("utf8") : null;
  }
}

/** What the signature of a checkpoint covers. */
export function checkpointBytes({
  sequence,
  hash,
  time,
}: Omit<CheckpointDocument, "signature" | "key">): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson({ format: "sealserve/audit-checkpoint/v1", sequence, hash, time }));
}
