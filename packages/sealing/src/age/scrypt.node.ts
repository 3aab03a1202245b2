// scrypt by Node, on a thread of its pool.
import { scrypt } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<Uint8Array, Uint8Array, number, object, Uint8Array>(scrypt);

/** 32 bytes of scrypt with N = 2^logN, r = 8, p = 1 (age v1, "The scrypt recipient type"). */
export function scryptKey(passphrase: Uint8Array, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  // Node refuses what needs more than `maxmem`; scrypt needs 128·N·r bytes and a little.
  const N = 2 ** logN;
  return derive(passphrase, salt, 32, { N, r: 8, p: 1, maxmem: 128 * 8 * (N + 16) });
}
