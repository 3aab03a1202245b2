// A root key as share files: each says its set, epoch and place, and all commit to the same key.
import { createHash, timingSafeEqual } from "node:crypto";
import { isRecord } from "../is-record.ts";
import { combine, split } from "./shamir.ts";
import { ShareError } from "./share-error.ts";

const format = "sealserve-root-share/1";

/** The content of one share file, JSON. */
export interface Share {
  readonly format: typeof format;
  /** 32 hex digits that all shares of one splitting have in common. */
  readonly set: string;
  readonly epoch: number;
  readonly threshold: number;
  readonly index: number;
  /** 64 hex digits. */
  readonly value: string;
  /** SHA-256 over set, epoch and root key, the same in all shares. It tells nothing: the key is 32 random bytes. */
  readonly commitment: string;
  /** SHA-256 over the rest, so that a slip of the pen is told from a wrong share. */
  readonly check: string;
}

export interface RootKeyOfShares {
  readonly key: Uint8Array;
  readonly epoch: number;
}

/** `key` is 32 random bytes. Throws `RangeError` for a threshold under 2 or over `count`. */
export function toShares(
  key: Uint8Array,
  options: { readonly threshold: number; readonly count: number; readonly epoch: number },
  parts: { readonly randomness: (length: number) => Uint8Array },
): readonly Share[] {
  const { threshold, epoch } = options;
  const set = Buffer.from(parts.randomness(16)).toString("hex");
  const commitment = commitmentOf(key, set, epoch);
  return split(key, options, parts).map(({ x, y }) => {
    const share = {
      format,
      set,
      epoch,
      threshold,
      index: x,
      value: Buffer.from(y).toString("hex"),
      commitment,
    } as const;
    return { ...share, check: checkOf(share) };
  });
}

/** More shares than the threshold are welcome. Throws `ShareError`. */
export function fromShares(texts: readonly string[]): RootKeyOfShares {
  const shares = texts.map((text, i) => parseShare(text, i + 1));
  const [first] = shares;
  if (!first) throw new ShareError("shares-too-few", { given: 0, threshold: 2 });
  const { set, epoch, threshold, commitment } = first;
  if (shares.some((share) => share.epoch !== epoch)) throw new ShareError("shares-mixed", { what: "epochs" });
  if (shares.some((share) => share.set !== set || share.threshold !== threshold || share.commitment !== commitment)) {
    throw new ShareError("shares-mixed", { what: "sets" });
  }
  const seen = new Set<number>();
  for (const { index } of shares) {
    if (seen.has(index)) throw new ShareError("share-duplicate", { index });
    seen.add(index);
  }
  if (shares.length < threshold) throw new ShareError("shares-too-few", { given: shares.length, threshold });
  // All that were given take part: a wrong one among more than enough is noticed too.
  const key = combine(shares.map(({ index, value }) => ({ x: index, y: Buffer.from(value, "hex") })));
  const same = timingSafeEqual(Buffer.from(commitmentOf(key, set, epoch)), Buffer.from(commitment));
  if (same) return { key, epoch };
  key.fill(0);
  throw new ShareError("share-wrong", {});
}

function parseShare(text: string, share: number): Share {
  const refuse = (problem: string) => new ShareError("share-malformed", { share, problem });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is no JSON");
  }
  if (!isShare(value)) throw refuse("it is no root key share");
  if (checkOf(value) !== value.check) throw refuse("its check does not hold: a letter is wrong");
  return value;
}

function isShare(value: unknown): value is Share {
  if (!isRecord(value)) return false;
  const { set, epoch, threshold, index, value: y, commitment, check } = value;
  const hex = (text: unknown, digits: number) =>
    typeof text === "string" && /^[0-9a-f]*$/.test(text) && text.length === digits;
  const between = (number: unknown, least: number, most: number) =>
    Number.isSafeInteger(number) && Number(number) >= least && Number(number) <= most;
  return (
    value["format"] === format &&
    hex(set, 32) &&
    between(epoch, 1, 2 ** 31 - 1) &&
    between(threshold, 2, 255) &&
    between(index, 1, 255) &&
    hex(y, 64) &&
    hex(commitment, 64) &&
    hex(check, 64)
  );
}

function commitmentOf(key: Uint8Array, set: string, epoch: number): string {
  return createHash("sha256").update(`sealserve/root-commitment/v1\0${set}\0${epoch}\0`).update(key).digest("hex");
}

/** What `check` says of the rest. */
export function checkOf({ set, epoch, threshold, index, value, commitment }: Omit<Share, "check">): string {
  return createHash("sha256")
    .update(["sealserve/root-share/v1", set, epoch, threshold, index, value, commitment].join("\0"))
    .digest("hex");
}
