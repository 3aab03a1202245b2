// ChaCha20-Poly1305 where Web Crypto is all there is, and it lacks this cipher.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { ChunkCipher } from "./chunks.ts";

export function createChunkCipher(key: Uint8Array): ChunkCipher {
  const own = Uint8Array.from(key);
  return {
    seal(nonce, plaintext, into) {
      chacha20poly1305(own, nonce).encrypt(plaintext, into);
    },
    open(nonce, sealed, into) {
      try {
        chacha20poly1305(own, nonce).decrypt(sealed, into);
        return true;
      } catch {
        // The library throws for a tag that does not fit, before it writes; lengths are right by the interface's contract.
        return false;
      }
    },
  };
}
