// Writes a new root key of a key broker: one file, or one file for each share, readable by nobody else.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toShares } from "@sealserve/key-broker";
import { reasonOf } from "@sealserve/primitives";
import { UsageError } from "./usage-error.ts";

/** `shares`: such as `3/5`, or null for one file. Never replaces a file. The result: what was written. Throws `UsageError`. */
export async function writeRootKey(out: string, shares: string | null, epoch: number): Promise<readonly string[]> {
  const key = randomBytes(32);
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
