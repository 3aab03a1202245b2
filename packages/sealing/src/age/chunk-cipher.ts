// ChaCha20-Poly1305 where Web Crypto is all there is, and it lacks this cipher.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { ChunkCipher } from "./chunks.ts";

export function createChunkCipher(key: Uint8Array): ChunkCipher {
  const own = Uint8Array.from(key);
  return {
    seal: (nonce, plaintext) => [Uint8Array.from(chacha20poly1305(own, nonce).encrypt(plaintext))],
    open(nonce, sealed) {
      try {
        return Uint8Array.from(chacha20poly1305(own, nonce).decrypt(sealed));
      } catch {
        // The library throws for nothing else than a tag that does not fit: lengths are right by the interface's contract.
        return null;
      }
    },
    wipe: () => void own.fill(0),
  };
}
