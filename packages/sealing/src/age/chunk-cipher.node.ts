// ChaCha20-Poly1305 by Node's own cryptography, more than ten times as fast as its twin.
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { type ChunkCipher, tagSize } from "./chunks.ts";

const algorithm = "chacha20-poly1305";
const options = { authTagLength: tagSize };

export function createChunkCipher(key: Uint8Array): ChunkCipher {
  const secret = createSecretKey(key);
  return {
    seal(nonce, plaintext, into) {
      const cipher = createCipheriv(algorithm, secret, nonce, options);
      const ciphertext = cipher.update(plaintext);
      cipher.final();
      into.set(ciphertext);
      into.set(cipher.getAuthTag(), plaintext.length);
    },
    open(nonce, sealed, into) {
      const cut = sealed.length - tagSize;
      const decipher = createDecipheriv(algorithm, secret, nonce, options);
      decipher.setAuthTag(sealed.subarray(cut));
      const plaintext = decipher.update(sealed.subarray(0, cut));
      try {
        decipher.final();
      } catch {
        // The tag does not fit: what was deciphered is not released.
        plaintext.fill(0);
        return false;
      }
      into.set(plaintext);
      return true;
    },
  };
}
