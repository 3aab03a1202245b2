// Sealing with a passphrase (age v1, "The scrypt recipient type").

import { concatBytes, utf8 } from "@sealserve/primitives";
import { createChunkCipher } from "#chunk-cipher";
import { scryptKey } from "#scrypt";
import type { Identity, Recipient, Stanza } from "../recipient.ts";
import { SealingError } from "../sealing-error.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { tagSize } from "./chunks.ts";
import { type RandomBytes, webRandomBytes } from "./file-key.ts";
import { fileKeySize } from "./key-schedule.ts";

export interface PassphraseOptions {
  /**
   * Base-2 logarithm of scrypt's cost, default 18 (256 MiB, about a second). Sealing uses it; opening takes at most
   * `maxWorkFactor`, default 20, since whoever made the file chose it.
   */
  readonly workFactor?: number;
  readonly maxWorkFactor?: number;
}

const saltSize = 16;
const saltLabel = utf8("age-encryption.org/v1/scrypt");
/** The wrapping key is used once. */
const zeroNonce = new Uint8Array(12);

export function passphraseRecipient(
  passphrase: string,
  { workFactor = 18 }: PassphraseOptions = {},
  { randomBytes = webRandomBytes }: { readonly randomBytes?: RandomBytes } = {},
): Recipient {
  return {
    async wrap(fileKey) {
      const salt = randomBytes(saltSize);
      const key = await scryptKey(utf8(passphrase), concatBytes([saltLabel, salt]), workFactor);
      const cipher = createChunkCipher(key);
      key.fill(0);
      const body = concatBytes(cipher.seal(zeroNonce, fileKey));
      cipher.wipe();
      return [{ args: ["scrypt", toBase64(salt), String(workFactor)], body }];
    },
  };
}

/** Throws `SealingError` `stanza-malformed`, and `work-factor` before any work is done. A wrong passphrase is "not mine". */
export function passphraseIdentity(passphrase: string, { maxWorkFactor = 20 }: PassphraseOptions = {}): Identity {
  return {
    async unwrap(stanzas) {
      const stanza = stanzas.find(({ args }) => args[0] === "scrypt");
      if (!stanza) return null;
      const { salt, workFactor } = readStanza(stanza);
      if (stanzas.length > 1) throw malformed("it stands beside others");
      if (workFactor > maxWorkFactor)
        throw new SealingError("work-factor", { limit: maxWorkFactor, found: workFactor });
      const key = await scryptKey(utf8(passphrase), concatBytes([saltLabel, salt]), workFactor);
      const cipher = createChunkCipher(key);
      key.fill(0);
      const fileKey = cipher.open(zeroNonce, stanza.body);
      cipher.wipe();
      return fileKey;
    },
  };
}

function readStanza({ args, body }: Stanza): { salt: Uint8Array; workFactor: number } {
  const [, saltText = "", workFactor = "", ...more] = args;
  const salt = fromBase64(saltText);
  if (more.length > 0 || salt?.length !== saltSize) throw malformed("its salt is not 16 bytes of base64");
  if (!/^[1-9][0-9]?$/.test(workFactor)) throw malformed("its work factor is not a number from 1 to 99");
  if (body.length !== fileKeySize + tagSize) throw malformed("its body is not 32 bytes");
  return { salt, workFactor: Number(workFactor) };
}

function malformed(reason: string): SealingError<"stanza-malformed"> {
  return new SealingError("stanza-malformed", { types: ["scrypt"], reason });
}
