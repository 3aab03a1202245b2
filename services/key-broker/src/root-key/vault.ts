// Seals what is secret in the database under the root key, and vouches for what decides; whatever is moved to another row, table or tenant does not open there.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { canonicalJson } from "@sealserve/protocols/key-broker";

/** Table and primary key of the row. */
export type Place = readonly (string | number)[];

const version = 1;
const nonceLength = 12;
const tagLength = 16;
const headLength = 1 + nonceLength;

/** A sealed value did not open, or a row is not as it was written: another root key, or a database that was changed by hand. */
export class VaultError extends Error {
  constructor(place: Place) {
    super(`a value of ${place[0]} does not open: it is not as this broker wrote it`);
    this.name = "VaultError";
  }
}

/** AES-256-GCM with random nonces; a value is version (1 byte), nonce (12), ciphertext, tag (16). */
export class Vault implements Disposable {
  readonly #sealing: Uint8Array;
  readonly #mac: Uint8Array;
  readonly #randomness: (length: number) => Uint8Array;

  /** Derives its keys from the 32 bytes of `rootKey`, which is the caller's to wipe. */
  constructor(rootKey: Uint8Array, parts: { readonly randomness: (length: number) => Uint8Array }) {
    const derive = (purpose: string) =>
      new Uint8Array(hkdfSync("sha256", rootKey, "", `sealserve/key-broker/${purpose}/v1`, 32));
    this.#sealing = derive("vault");
    this.#mac = derive("audit-head");
    this.#randomness = parts.randomness;
  }

  seal(secret: Uint8Array, place: Place): Uint8Array {
    const nonce = this.#randomness(nonceLength);
    const cipher = createCipheriv("aes-256-gcm", this.#sealing, nonce);
    cipher.setAAD(additional(place));
    return Buffer.concat([Buffer.of(version), nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `VaultError`. */
  open(sealed: Uint8Array, place: Place): Uint8Array {
    if (sealed.length < headLength + tagLength || sealed[0] !== version) throw new VaultError(place);
    const end = sealed.length - tagLength;
    const decipher = createDecipheriv("aes-256-gcm", this.#sealing, sealed.subarray(1, headLength));
    decipher.setAAD(additional(place));
    decipher.setAuthTag(sealed.subarray(end));
    const begun = decipher.update(sealed.subarray(headLength, end));
    try {
      return Buffer.concat([begun, decipher.final()]);
    } catch {
      begun.fill(0);
      throw new VaultError(place);
    }
  }

  /** `text` in the clear, with what proves that a holder of the root key put it at `place`. */
  vouch(text: string, place: Place): string {
    return `${this.#proofOf(text, place)}.${text}`;
  }

  /** The text of what `vouch` made. Throws `VaultError`. */
  vouched(stored: string, place: Place): string {
    const at = stored.indexOf(".");
    const text = stored.slice(at + 1);
    if (at < 0 || stored.slice(0, at) !== this.#proofOf(text, place)) throw new VaultError(place);
    return text;
  }

  #proofOf(text: string, place: Place): string {
    return this.mac(canonicalJson(["sealserve/vouched/v1", ...place, text]));
  }

  /** What tells one writing of a row from all others: 16 random bytes, hex. It belongs to the row's place. */
  stamp(): string {
    return Buffer.from(this.#randomness(16)).toString("hex");
  }

  /** HMAC-SHA-256, hex. */
  mac(text: string): string {
    return createHmac("sha256", this.#mac).update(text).digest("hex");
  }

  [Symbol.dispose](): void {
    this.#sealing.fill(0);
    this.#mac.fill(0);
  }
}

function additional(place: Place): Buffer {
  return Buffer.from(canonicalJson(["sealserve/vault/v1", ...place]));
}
