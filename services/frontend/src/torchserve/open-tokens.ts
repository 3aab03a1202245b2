// TorchServe's tokens: made at the start, told in a file that only its owner reads, renewed by a call, removed at the end.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CodedError, reasonOf } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";

export type TokenKind = "inference" | "management";

/** Disposing removes the file, unless somebody else has written it since. */
export interface TorchserveTokens extends AsyncDisposable {
  /** Whether `authorization` shows the token of this kind, and it still holds. Takes as long for any that is wrong. */
  authorize(kind: TokenKind, authorization: string | null): boolean;
  /** Makes a new token of this kind, and writes it into the file. False: `authorization` does not show the key that lets its holder do so. */
  renewToken(kind: TokenKind, authorization: string | null): Promise<boolean>;
}

export interface TokensOptions {
  readonly keyFile: string;
  /** Milliseconds for which a token of either kind holds; 0: until the end. */
  readonly expiration: number;
}

/** The file cannot be written. */
export class KeyFileError extends CodedError<
  "key-file-unwritable",
  { readonly file: string; readonly reason: string }
> {
  constructor(file: string, cause: unknown) {
    const reason = reasonOf(cause);
    const sentence = `the tokens cannot be told in ${file} (${reason}): let the process write there, or switch tokens off`;
    super("key-file-unwritable", sentence, { file, reason }, cause);
    this.name = "KeyFileError";
  }
}

interface Token {
  readonly key: string;
  /** Milliseconds since 1970; null: it holds until the end. */
  readonly until: number | null;
}

/** Keys of 256 random bits. Throws `KeyFileError`. */
export async function openTokens(
  { keyFile, expiration }: TokensOptions,
  { clock }: { readonly clock: Pick<Clock, "epoch"> },
): Promise<TorchserveTokens> {
  const newToken = (): Token => ({ key: newKey(), until: expiration === 0 ? null : clock.epoch() + expiration });
  const tokens = { management: newToken(), inference: newToken() };
  const api: Token = { key: newKey(), until: null };
  let written = "";
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    const text = fileText({ ...tokens, api });
    await replaceFile(keyFile, text);
    written = text;
  };
  const isShown = ({ key, until }: Token, authorization: string | null): boolean => {
    const [, shown = ""] = /^Bearer\s+(\S+)$/.exec(authorization ?? "") ?? [];
    const isSame = timingSafeEqual(digest(shown), digest(key));
    return isSame && (until === null || clock.epoch() < until);
  };
  await write();
  return {
    authorize: (kind, authorization) => isShown(tokens[kind], authorization),
    async renewToken(kind, authorization) {
      if (!isShown(api, authorization)) return false;
      tokens[kind] = newToken();
      writing = writing.then(write, write);
      await writing;
      return true;
    },
    async [Symbol.asyncDispose]() {
      await writing.catch(() => {});
      const found = await readFile(keyFile, "utf8").catch(() => null);
      if (found === written) await rm(keyFile, { force: true });
    },
  };
}

/** In the words that clients of TorchServe look for. */
function fileText({ management, inference, api }: Readonly<Record<"management" | "inference" | "api", Token>>): string {
  const told = ({ key, until }: Token) => ({
    key,
    ...(until === null ? {} : { "expiration time": new Date(until).toISOString() }),
  });
  return JSON.stringify({ management: told(management), inference: told(inference), API: told(api) }, null, 2);
}

/** Whoever reads the file finds all of the old one or all of the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = join(dirname(file), `.${randomUUID()}.key_file`);
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new KeyFileError(file, error);
  }
}

function newKey(): string {
  return randomBytes(32).toString("base64url");
}

/** Of one length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
