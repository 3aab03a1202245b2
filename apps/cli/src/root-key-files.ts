// Writes a new root key of a key broker: one file, or one file for each share, readable by nobody else.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromShares, ShareError, toShares } from "@sealserve/key-broker";
import { reasonOf } from "@sealserve/primitives";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

export interface RootKeyOptions {
  /** Such as `3/5`; null: the key whole, in one file. */
  readonly shares: string | null;
  readonly epoch: number;
  /** Files of the key that is to be shared anew: whole, or enough of its shares; empty: a new key. */
  readonly from: readonly string[];
}

/** Never replaces a file. The result: what was written. Throws `UsageError`. */
export async function writeRootKey(out: string, { shares, epoch, from }: RootKeyOptions): Promise<readonly string[]> {
  const key = from.length > 0 ? readKey(from) : randomBytes(32);
  try {
    if (shares === null) return [await write(out, `${key.toString("hex")}\n`)];
    const [, threshold, count] = /^(\d{1,3})\/(\d{1,3})$/.exec(shares) ?? [];
    const made = toShares(
      key,
      { threshold: Number(threshold), count: Number(count), epoch },
      { randomness: randomBytes },
    );
    await mkdir(out, { recursive: true, mode: 0o700 });
    return await Promise.all(
      made.map((share) => write(join(out, `share-${share.index}.json`), `${JSON.stringify(share, null, 2)}\n`)),
    );
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError("--shares must be k/n, with k from 2 and n from k to 255", error);
    throw new UsageError(`${out} cannot be written: ${reasonOf(error)}`, error);
  } finally {
    key.fill(0);
  }
}

async function write(file: string, text: string): Promise<string> {
  await writeFile(file, text, { flag: "wx", mode: 0o600 });
  return file;
}

function readKey(files: readonly string[]): Uint8Array {
  const [first = "", ...others] = files.map((file) =>
    readBytesFile(file, 64 * 1024)
      .toString("utf8")
      .trim(),
  );
  if (others.length === 0 && /^[0-9a-f]{64}$/i.test(first)) return Buffer.from(first, "hex");
  try {
    return fromShares([first, ...others]).key;
  } catch (error) {
    if (error instanceof ShareError) throw new UsageError(`${error.code}: ${error.message}`, error);
    throw error;
  }
}
