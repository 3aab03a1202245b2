// Finds the root key by the configuration, and opens the vault of a database with it; a new database begins under it.
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "@sealserve/server";
import { BrokerStartError } from "../broker-start-error.ts";
import type { KeyBrokerConfig } from "../config.ts";
import type { Storage } from "../storage/storage.ts";
import { isProved, rootProof } from "./root-proof.ts";
import { ShareError } from "./share-error.ts";
import { fromShares } from "./shares.ts";
import { Vault } from "./vault.ts";

/** 128 MiB of memory for each guess of a passphrase. */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 192 * 1024 * 1024 };
const leastPassphrase = 12;

interface Parts {
  readonly storage: Storage;
  readonly randomness: (length: number) => Uint8Array;
}

export interface OpenedVault {
  readonly vault: Vault;
  /** Of the shares; those of lower epochs are of no use once this one is in the audit log. */
  readonly epoch: number;
}

/** Throws `BrokerStartError` `root-key-…`, `ShareError`. */
export async function openVault(options: KeyBrokerConfig["rootKey"], parts: Parts): Promise<OpenedVault> {
  const { storage, randomness } = parts;
  const known = await storage.db.selectFrom("root").selectAll().executeTakeFirst();
  const salt = known?.salt ?? newSalt(randomness);
  const { key, epoch } = await rootKeyOf(options, salt);
  if (epoch !== null && known && epoch < known.epoch) {
    throw new ShareError("epoch-old", { found: epoch, current: known.epoch });
  }
  const current = epoch ?? known?.epoch ?? 1;
  const vault = new Vault(key, { randomness });
  key.fill(0);
  if (known) {
    prove(vault, known.proof);
    return { vault, epoch: current };
  }
  const proof = rootProof(vault);
  await storage.db
    .insertInto("root")
    .values({ id: 1, epoch: current, salt, proof })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const begun = await storage.db.selectFrom("root").selectAll().executeTakeFirstOrThrow();
  // Another broker began the same database a moment before, with a salt of its own.
  if (begun.salt !== salt && "passphraseFile" in options) return openVault(options, parts);
  prove(vault, begun.proof);
  return { vault, epoch: current };
}

function prove(vault: Vault, proof: Uint8Array): void {
  if (!isProved(vault, proof)) throw new BrokerStartError("root-key-wrong", {});
}

/** For passphrases; hex. */
export function newSalt(randomness: Parts["randomness"]): string {
  return Buffer.from(randomness(16)).toString("hex");
}

export interface RootKey {
  /** 32 bytes of its own, to be wiped. */
  readonly key: Uint8Array;
  /** Null where the source knows of none. */
  readonly epoch: number | null;
}

export async function rootKeyOf(options: KeyBrokerConfig["rootKey"], salt: string): Promise<RootKey> {
  if ("file" in options) return { key: keyOfFile(options.file), epoch: null };
  if ("shares" in options) return fromShares(options.shares.map(textOf));
  const passphrase = textOf(options.passphraseFile).replace(/\r?\n$/, "");
  if (passphrase.length < leastPassphrase) {
    throw new BrokerStartError("root-key-malformed", {
      problem: `the passphrase must have at least ${leastPassphrase} letters`,
    });
  }
  const derive = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt);
  return { key: await derive(passphrase.normalize("NFC"), Buffer.from(salt, "hex"), 32, cost), epoch: null };
}

/** 32 bytes as they are, or 64 hex digits with or without a line end. */
function keyOfFile(secret: Secret): Uint8Array {
  const bytes = secret.reveal();
  if (bytes.length === 32) return Uint8Array.from(bytes);
  const text = Buffer.from(bytes).toString("latin1").trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  throw new BrokerStartError("root-key-malformed", { problem: "the file must hold 32 bytes, or 64 hex digits" });
}

function textOf(secret: Secret): string {
  return Buffer.from(secret.reveal()).toString("utf8");
}
