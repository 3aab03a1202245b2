// Checks a copy of the audit log: that it is one chain, reaches its signed head, and runs through what was seen before.
import { createPublicKey, verify } from "node:crypto";
import type { AuditRowDocument, CheckpointDocument, PrunedDocument } from "@sealserve/protocols/key-broker";
import { AuditError } from "./audit-error.ts";
import { checkpointBytes } from "./audit-reader.ts";
import { genesis, hashEntry, link } from "./chain.ts";
import { prunedBytes } from "./pruned.ts";

/** The part of a checkpoint that is worth keeping. */
export type SeenCheckpoint = Pick<CheckpointDocument, "sequence" | "hash" | "key">;

/** Goes along a chain from one link. */
export class ChainWalk {
  #sequence: number;
  #hash: string;

  constructor(sequence: number, hash: string) {
    this.#sequence = sequence;
    this.#hash = hash;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get hash(): string {
    return this.#hash;
  }

  /** Throws `AuditError` `gap`, `changed`. */
  take({ sequence, entry, entryHash, hash }: AuditRowDocument): void {
    const expected = this.#sequence + 1;
    if (sequence !== expected) throw new AuditError("gap", { expected, found: sequence });
    const same = entry === null || hashEntry(entry) === entryHash;
    if (!same || link(this.#hash, sequence, entryHash) !== hash) throw new AuditError("changed", { sequence });
    this.#sequence = sequence;
    this.#hash = hash;
  }

  /** Throws `AuditError` `cut-off`, `forked` unless it has come to `head`. */
  reach({ sequence, hash }: { readonly sequence: number; readonly hash: string }): void {
    if (sequence !== this.#sequence) throw new AuditError("cut-off", { expected: sequence, found: this.#sequence });
    if (hash !== this.#hash) throw new AuditError("forked", { sequence });
  }
}

/** Takes rows in their order; each must follow the one before it. */
export class ChainVerifier {
  readonly #seen: SeenCheckpoint | null;
  readonly #pruned: PrunedDocument | null;
  readonly #walk: ChainWalk;

  /** `seen`: from an earlier check; null: this is the first. `pruned`: what stands for entries that were removed. Throws `AuditError`. */
  constructor(seen: SeenCheckpoint | null, pruned: PrunedDocument | null = null) {
    if (pruned && !isSignedBy(pruned.key, pruned.signature, prunedBytes(pruned))) {
      throw new AuditError("head-forged", {});
    }
    if (pruned && seen?.sequence === pruned.through && seen.hash !== pruned.hash) {
      throw new AuditError("forked", { sequence: seen.sequence });
    }
    this.#seen = seen;
    this.#pruned = pruned;
    this.#walk = new ChainWalk(pruned?.through ?? 0, pruned?.hash ?? genesis);
  }

  get sequence(): number {
    return this.#walk.sequence;
  }

  /** Throws `AuditError` `gap`, `changed`, `forked`. */
  take(row: AuditRowDocument): void {
    this.#walk.take(row);
    const { sequence, hash } = row;
    if (this.#seen?.sequence === sequence && this.#seen.hash !== hash) throw new AuditError("forked", { sequence });
  }

  /** At the end: that the log reaches `checkpoint`, and the one that was seen. Throws `AuditError`. */
  finish(checkpoint: CheckpointDocument): void {
    const { signature, key } = checkpoint;
    const others = [this.#seen?.key ?? key, this.#pruned?.key ?? key];
    const own = others.every((other) => other === key);
    if (!own || !isSignedBy(key, signature, checkpointBytes(checkpoint))) throw new AuditError("head-forged", {});
    if (this.#seen !== null && this.sequence < this.#seen.sequence) {
      throw new AuditError("rolled-back", { expected: this.#seen.sequence, found: this.sequence });
    }
    this.#walk.reach(checkpoint);
  }
}

function isSignedBy(spki: string, text: string, signed: Uint8Array): boolean {
  const signature = Buffer.from(text, "base64url");
  try {
    const key = createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" && verify(null, signed, key, signature);
  } catch {
    // What is no key signs nothing.
    return false;
  }
}
