// From recipients to a header, and from a header with identities back to the file key.
import type { Identity, Recipient, Stanza } from "../recipient.ts";
import { SealingError } from "../sealing-error.ts";
import { encodeCovered, encodeHeader, type Header, headerLimit } from "./header.ts";
import { equalSecrets, fileKeySize, headerMac } from "./key-schedule.ts";

/** Randomness for file keys and nonces: `length` bytes fit for keys. */
export type RandomBytes = (length: number) => Uint8Array;

export const webRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * The header of a file whose key is `fileKey`. Throws `SealingError` `recipients-missing`, `passphrase-not-alone`,
 * `header-malformed`, `header-too-large`, and what a recipient throws.
 */
export async function writeHeader(fileKey: Uint8Array, recipients: readonly Recipient[]): Promise<Uint8Array> {
  if (recipients.length === 0) throw new SealingError("recipients-missing", {});
  const stanzas: Stanza[] = [];
  for (const recipient of recipients) stanzas.push(...(await recipient.wrap(fileKey)));
  if (stanzas.length === 0) throw new SealingError("recipients-missing", {});
  if (stanzas.length > 1 && stanzas.some(isPassphrase)) throw new SealingError("passphrase-not-alone", {});
  const covered = encodeCovered(stanzas);
  const header = encodeHeader(covered, await headerMac(fileKey, covered));
  if (header.length > headerLimit) throw new SealingError("header-too-large", { limit: headerLimit });
  return header;
}

/**
 * The file key, once the header's code proves that it and the header belong together. Throws `SealingError`
 * `identities-missing`, `no-identity-matched`, `mac-mismatch`, and what an identity throws.
 */
export async function openHeader(header: Header, identities: readonly Identity[]): Promise<Uint8Array> {
  const fileKey = await unwrapFileKey(header.stanzas, identities);
  if (equalSecrets(await headerMac(fileKey, header.covered), header.mac)) return fileKey;
  fileKey.fill(0);
  throw new SealingError("mac-mismatch", {});
}

/**
 * Asks each identity in turn. The header is not proved yet: only {@link openHeader} does that. Throws `SealingError`
 * `identities-missing`, `no-identity-matched`, `stanza-malformed`, and what an identity throws.
 */
export async function unwrapFileKey(stanzas: readonly Stanza[], identities: readonly Identity[]): Promise<Uint8Array> {
  const types = stanzas.map(({ args }) => args[0] ?? "");
  if (identities.length === 0) throw new SealingError("identities-missing", {});
  for (const identity of identities) {
    const fileKey = await identity.unwrap(stanzas);
    if (fileKey?.length === fileKeySize) return fileKey;
    if (!fileKey) continue;
    fileKey.fill(0);
    throw new SealingError("stanza-malformed", {
      types,
      reason: "its file key, or what a key broker gave for it, does not have 16 bytes",
    });
  }
  throw new SealingError("no-identity-matched", { types });
}

function isPassphrase({ args }: Stanza): boolean {
  return args[0] === "scrypt";
}
