// Checks a copy of the audit log: that it is one chain, reaches its signed head, and runs through what was seen before.
import { createPublicKey, verify } from "node:crypto";
import type { AuditRowDocument, CheckpointDocument } from "@sealserve/protocols/key-broker";
import { AuditError } from "./audit-error.ts";
import { checkpointBytes } from "./audit-reader.ts";
import { genesis, hashEntry, link } from "./chain.ts";

/** The part of a checkpoint that is worth keeping. */
export type SeenCheckpoint = Pick<CheckpointDocument, "sequence" | "hash" | "key">;

/** Takes rows in their order; each must follow the one before it. */
export class ChainVerifier {
  readonly #seen: SeenCheckpoint | null;
  #sequence = 0;
  #hash = genesis;

  /** `seen`: from an earlier check; null: this is the first. */
  constructor(seen: SeenCheckpoint | null) {
    this.#seen = seen;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Throws `AuditError` `gap`, `changed`, `forked`. */
  take({ sequence, entry, entryHash, hash }: AuditRowDocument): void {
    const expected = this.#sequence + 1;
    if (sequence !== expected) throw new AuditError("gap", { expected, found: sequence });
    const same = entry === null || hashEntry(entry) === entryHash;
    if (!same || link(this.#hash, sequence, entryHash) !== hash) throw new AuditError("changed", { sequence });
    if (this.#seen?.sequence === sequence && this.#seen.hash !== hash) throw new AuditError("forked", { sequence });
    this.#sequence = sequence;
    this.#hash = hash;
  }

  /** At the end: that the log reaches `checkpoint`, and the one that was seen. Throws `AuditError`. */
  finish(checkpoint: CheckpointDocument): void {
    if (!isSigned(checkpoint) || (this.#seen !== null && this.#seen.key !== checkpoint.key)) {
      throw new AuditError("head-forged", {});
    }
    if (this.#seen !== null && this.#sequence < this.#seen.sequence) {
      throw new AuditError("rolled-back", { expected: this.#seen.sequence, found: this.#sequence });
    }
    const { sequence, hash } = checkpoint;
    if (sequence !== this.#sequence) throw new AuditError("cut-off", { expected: sequence, found: this.#sequence });
    if (hash !== this.#hash) throw new AuditError("forked", { sequence });
  }
}

function isSigned(checkpoint: CheckpointDocument): boolean {
  const signature = Buffer.from(checkpoint.signature, "base64url");
  try {
    const key = createPublicKey({ key: Buffer.from(checkpoint.key, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" && verify(null, checkpointBytes(checkpoint), key, signature);
  } catch {
    // What is no key signs nothing.
    return false;
  }
}
