// scrypt where Node's own is not there.
import { scryptAsync } from "@noble/hashes/scrypt.js";

/** 32 bytes of scrypt with N = 2^logN, r = 8, p = 1 (age v1, "The scrypt recipient type"). */
export function scryptKey(passphrase: Uint8Array, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  return scryptAsync(passphrase, salt, { N: 2 ** logN, r: 8, p: 1, dkLen: 32 });
}
