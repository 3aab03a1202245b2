// Keys as the command line gives them: recipients by text or file, identities by key file, a passphrase by file.
import { readFile } from "node:fs/promises";
import { reasonOf } from "@sealserve/primitives";
import {
  type Identity,
  parseKeyFile,
  parseRecipient,
  parseRecipientsFile,
  passphraseIdentity,
  passphraseRecipient,
  type Recipient,
  SealingError,
} from "@sealserve/sealing";

export interface RecipientFlags {
  readonly to?: readonly string[];
  readonly passphraseFile?: string;
}

export interface IdentityFlags {
  readonly identity?: readonly string[];
  readonly passphraseFile?: string;
}

/** Throws `SealingError` `recipient-malformed`, `source-unreadable`; nobody given is for the sealing to refuse. */
export async function readRecipients({ to = [], passphraseFile }: RecipientFlags): Promise<readonly Recipient[]> {
  const named = await Promise.all(
    to.map(async (given) =>
      given.startsWith("age1") ? [parseRecipient(given)] : parseRecipientsFile(await readText(given)),
    ),
  );
  const secret = passphraseFile === undefined ? [] : [passphraseRecipient(await readPassphrase(passphraseFile))];
  return [...named.flat(), ...secret];
}

/** Throws `SealingError` `identity-malformed`, `identities-missing`, `source-unreadable`. */
export async function readIdentities({ identity = [], passphraseFile }: IdentityFlags): Promise<readonly Identity[]> {
  const named = await Promise.all(identity.map(async (path) => parseKeyFile(await readText(path))));
  const secret = passphraseFile === undefined ? [] : [passphraseIdentity(await readPassphrase(passphraseFile))];
  return [...named.flat(), ...secret];
}

/** A passphrase comes from a file: arguments and the environment are for everybody to read. */
async function readPassphrase(path: string): Promise<string> {
  const [line = ""] = (await readText(path)).split(/\r?\n/);
  if (line === "") throw new SealingError("source-unreadable", { path, problem: "its first line is empty" });
  return line;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // What was taken for a path may be a key that is in the wrong place.
    const shown = /^age-secret-key-/i.test(path) ? "AGE-SECRET-KEY-…" : path;
    const problem = shown === path ? reasonOf(error) : "an identity is a secret; give the path of its key file instead";
    throw new SealingError("source-unreadable", { path: shown, problem });
  }
}
