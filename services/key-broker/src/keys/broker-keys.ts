// The broker's own keys: made once, sealed in the database, the same for all brokers on it.
import { createHash } from "node:crypto";
import type { Vault } from "../root-key/vault.ts";
import type { Change } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";

export type KeyAlgorithm = "P-256" | "Ed25519";

export interface SigningKey {
  /** SHA-256 of the public key, 32 hex digits of it. */
  readonly id: string;
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** What belongs to it and is public, such as a certificate in PEM; empty where there is nothing. */
  readonly attached: string;
}

/** Makes what is to be attached to a new key. */
export type Attach = (key: Omit<SigningKey, "attached">) => Promise<string>;

const algorithms: { readonly [A in KeyAlgorithm]: EcKeyGenParams } = {
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
  // The platform's types know a pair of keys only where a curve is named; Ed25519 is its own.
  Ed25519: { name: "Ed25519", namedCurve: "Ed25519" },
};

/** The key named so, or a new one. Throws `VaultError` where the database was changed by hand. */
export async function brokerKey(
  name: string,
  algorithm: KeyAlgorithm,
  { storage, vault }: { readonly storage: Storage; readonly vault: Vault },
  attach: Attach = async () => "",
): Promise<SigningKey> {
  const place = ["broker_keys", name];
  return storage.exclusively(async (change) => {
    const row = await change.selectFrom("broker_keys").selectAll().where("name", "=", name).executeTakeFirst();
    if (!row) return make(change, { name, algorithm, attach, vault });
    const { spki, attached } = JSON.parse(row.public) as { readonly spki: string; readonly attached: string };
    const pkcs8 = Uint8Array.from(vault.open(row.sealed, place));
    const key = await imported(algorithm, pkcs8, Uint8Array.from(Buffer.from(spki, "base64")));
    return { ...key, attached };
  });
}

interface Making {
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  readonly attach: Attach;
  readonly vault: Vault;
}

async function make(change: Change, { name, algorithm, attach, vault }: Making): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(algorithms[algorithm], true, ["sign", "verify"]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const sealed = vault.seal(pkcs8, ["broker_keys", name]);
  const key = await imported(algorithm, pkcs8, spki);
  const attached = await attach(key);
  const facts = JSON.stringify({ spki: Buffer.from(spki).toString("base64"), attached });
  await change.insertInto("broker_keys").values({ name, sealed, public: facts }).execute();
  return { ...key, attached };
}

/** The private key cannot be exported again, and its bytes are wiped. */
async function imported(
  algorithm: KeyAlgorithm,
  pkcs8: Uint8Array<ArrayBuffer>,
  spki: Uint8Array<ArrayBuffer>,
): Promise<Omit<SigningKey, "attached">> {
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithms[algorithm], false, ["sign"]);
  const publicKey = await crypto.subtle.importKey("spki", spki, algorithms[algorithm], true, ["verify"]);
  pkcs8.fill(0);
  return { id: createHash("sha256").update(spki).digest("hex").slice(0, 32), algorithm, privateKey, publicKey, spki };
}
