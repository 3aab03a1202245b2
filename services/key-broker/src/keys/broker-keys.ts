// The broker's own keys: made once, sealed in the database, the same for all brokers on it.
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { type Vault, VaultError } from "../root-key/vault.ts";
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

export interface KeyKindOfBroker {
  readonly algorithm: KeyAlgorithm;
  readonly attach?: Attach;
  /** False: what is attached is not this key's own. */
  readonly isAttached?: (key: SigningKey) => Promise<boolean>;
}

const algorithms: { readonly [A in KeyAlgorithm]: EcKeyGenParams } = {
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
  // The platform's types know a pair of keys only where a curve is named; Ed25519 is its own.
  Ed25519: { name: "Ed25519", namedCurve: "Ed25519" },
};

/** The key named so, or a new one. Throws `VaultError` where the database was changed by hand. */
export async function brokerKey(
  name: string,
  kind: KeyKindOfBroker,
  { storage, vault }: { readonly storage: Storage; readonly vault: Vault },
): Promise<SigningKey> {
  return storage.exclusively(
    async (change) =>
      (await readBrokerKey(name, kind, { db: change, vault })) ?? makeBrokerKey(name, kind, { change, vault }),
  );
}

/** Null: there is none of that name. Throws `VaultError`. */
export async function readBrokerKey(
  name: string,
  { algorithm, isAttached = async () => true }: KeyKindOfBroker,
  { db, vault }: { readonly db: Storage["db"]; readonly vault: Vault },
): Promise<SigningKey | null> {
  const row = await db.selectFrom("broker_keys").selectAll().where("name", "=", name).executeTakeFirst();
  if (!row) return null;
  const { attached } = JSON.parse(row.public) as { readonly attached: string };
  const place = ["broker_keys", name];
  const key = { ...(await imported(algorithm, Uint8Array.from(vault.open(row.sealed, place)))), attached };
  if (!(await isAttached(key))) throw new VaultError(place);
  return key;
}

/** Within `change`, in which there is none of that name. */
export async function makeBrokerKey(
  name: string,
  { algorithm, attach = async () => "" }: KeyKindOfBroker,
  { change, vault, signsFrom = "" }: { readonly change: Change; readonly vault: Vault; readonly signsFrom?: string },
): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(algorithms[algorithm], true, ["sign", "verify"]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const sealed = vault.seal(pkcs8, ["broker_keys", name]);
  const key = await imported(algorithm, pkcs8);
  const attached = await attach(key);
  const facts = JSON.stringify({ spki: Buffer.from(key.spki).toString("base64"), attached });
  await change.insertInto("broker_keys").values({ name, sealed, public: facts, signs_from: signsFrom }).execute();
  return { ...key, attached };
}

/**
 * The private key cannot be exported again, and its bytes are wiped. The public one is made from it: the database has one too, in the clear,
 * which whoever writes there could replace by their own.
 */
async function imported(
  algorithm: KeyAlgorithm,
  pkcs8: Uint8Array<ArrayBuffer>,
): Promise<Omit<SigningKey, "attached">> {
  const der = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength);
  const own = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  const spki = Uint8Array.from(own.export({ type: "spki", format: "der" }));
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithms[algorithm], false, ["sign"]);
  const publicKey = await crypto.subtle.importKey("spki", spki, algorithms[algorithm], true, ["verify"]);
  pkcs8.fill(0);
  return { id: createHash("sha256").update(spki).digest("hex").slice(0, 32), algorithm, privateKey, publicKey, spki };
}
