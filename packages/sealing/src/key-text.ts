// Keys as people hold them: single texts, the key files of age-keygen, and files of recipients.
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { typageIdentity, typageRecipient } from "./age/typage.ts";
import type { Identity, Recipient } from "./recipient.ts";
import { SealingError } from "./sealing-error.ts";

/** Throws `SealingError` `recipient-malformed`. */
export function parseRecipient(text: string): Recipient {
  return recipientAt(text, 1);
}

/** Throws `SealingError` `identity-malformed`; the error never holds the text. */
export function parseIdentity(text: string): Identity {
  return identityAt(text, 1);
}

/** One recipient a line; empty lines and `#` comments aside. Throws `SealingError` `recipient-malformed`, `recipients-missing`. */
export function parseRecipientsFile(text: string): readonly Recipient[] {
  const recipients = keyLines(text).map(({ key, line }) => recipientAt(key, line));
  if (recipients.length === 0) throw new SealingError("recipients-missing", {});
  return recipients;
}

/** A key file as `age-keygen` writes it, with one identity or more. Throws `SealingError` `identity-malformed`, `identities-missing`. */
export function parseKeyFile(text: string): readonly Identity[] {
  const identities = keyLines(text).map(({ key, line }) => identityAt(key, line));
  if (identities.length === 0) throw new SealingError("identities-missing", {});
  return identities;
}

/** A new identity and its public recipient, as texts. `post-quantum` is hybrid: ML-KEM-768 with X25519. */
export async function generateKeyPair(
  kind: "x25519" | "post-quantum" = "x25519",
): Promise<{ readonly identity: string; readonly recipient: string }> {
  const identity = kind === "x25519" ? await generateX25519Identity() : await generateHybridIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The public recipient of an identity. Throws `SealingError` `identity-malformed`. */
export async function recipientOf(identity: string): Promise<string> {
  parseIdentity(identity);
  return identityToRecipient(identity);
}

/** What the library says of a broken key may quote it, and a recipient's place may hold an identity: nothing of it is kept. */
function recipientAt(text: string, line: number): Recipient {
  try {
    return typageRecipient(text);
  } catch {
    throw new SealingError("recipient-malformed", { line, reason: "its prefix, length or checksum is wrong" });
  }
}

function identityAt(text: string, line: number): Identity {
  try {
    return typageIdentity(text);
  } catch {
    throw new SealingError("identity-malformed", { line, reason: "its prefix, length or checksum is wrong" });
  }
}

function keyLines(text: string): readonly { readonly key: string; readonly line: number }[] {
  return text
    .split(/\r?\n/)
    .map((line, i) => ({ key: line.trim(), line: i + 1 }))
    .filter(({ key }) => key !== "" && !key.startsWith("#"));
}
