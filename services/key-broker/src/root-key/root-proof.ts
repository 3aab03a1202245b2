// What shows that a root key is the one that a database is sealed under.
import { type Vault, VaultError } from "./vault.ts";

const place = ["root", 1];
const text = Buffer.from("sealserve/key-broker/root-proof/v1");

export function rootProof(vault: Vault): Uint8Array {
  return vault.seal(text, place);
}

export function isProved(vault: Vault, proof: Uint8Array): boolean {
  try {
    vault.open(proof, place);
    return true;
  } catch (error) {
    if (error instanceof VaultError) return false;
    throw error;
  }
}
