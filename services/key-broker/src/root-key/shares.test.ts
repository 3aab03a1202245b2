// Shares of a root key: any k open it; too few, repeated, mixed, forged and slips of the pen are told apart (security case E10).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { inverse, multiply } from "./gf256.ts";
import { combine, split } from "./shamir.ts";
import { checkOf, fromShares, type Share, toShares } from "./shares.ts";

const key = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const made = (options: Partial<Parameters<typeof toShares>[1]> = {}): readonly Share[] =>
  toShares(key, { threshold: 3, count: 5, epoch: 1, ...options }, { randomness: randomBytes });
const texts = (shares: readonly (Share | undefined)[]): string[] => shares.map((share) => JSON.stringify(share));

test("the field's products are AES's, and each number but zero has an inverse", () => {
  assert.equal(multiply(0x57, 0x83), 0xc1);
  assert.equal(multiply(0x57, 0x13), 0xfe);
  for (let a = 1; a < 256; a++) assert.equal(multiply(a, inverse(a)), 1);
  assert.equal(inverse(0), 0);
});

test("any threshold of points give the secret, and one fewer does not", () => {
  const shape = fc.tuple(
    fc.uint8Array({ minLength: 16, maxLength: 40 }),
    fc.integer({ min: 2, max: 6 }),
    fc.integer({ min: 0, max: 4 }),
  );
  fc.assert(
    fc.property(shape, fc.infiniteStream(fc.nat()), ([secret, threshold, more], order) => {
      const points = split(secret, { threshold, count: threshold + more }, { randomness: randomBytes });
      const shuffled = [...points].sort(() => ((order.next().value ?? 0) % 2 === 0 ? 1 : -1));
      assert.deepEqual(combine(shuffled.slice(0, threshold)), secret);
      assert.notDeepEqual(combine(shuffled.slice(0, threshold - 1)), secret);
    }),
    { numRuns: 50 },
  );
});

test("any three of five shares open the root key, and so do more", () => {
  const shares = texts(made());
  for (const chosen of [
    [0, 1, 2],
    [4, 2, 0],
    [1, 3, 4],
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4],
  ]) {
    assert.deepEqual(fromShares(chosen.map((i) => shares[i] ?? "")).key, key);
  }
});

const refusals: readonly (readonly [string, () => readonly string[], string])[] = [
  ["none", () => [], "shares-too-few"],
  ["one too few", () => texts(made()).slice(0, 2), "shares-too-few"],
  ["one share three times", () => Array(3).fill(texts(made())[1]), "share-duplicate"],
  ["one share twice among enough", () => twice(texts(made())), "share-duplicate"],
  ["shares of two sets", () => [...texts(made()).slice(0, 2), ...texts(made()).slice(2, 3)], "shares-mixed"],
  ["shares of two epochs", () => [...texts(made()).slice(0, 2), ...texts(made({ epoch: 2 })).slice(2)], "shares-mixed"],
  ["a forged share", () => forged().slice(0, 3), "share-wrong"],
  ["a forged share among more than enough", () => forged(), "share-wrong"],
  ["another digit", () => [JSON.stringify(withAnotherDigit(made()[0]))], "share-malformed"],
  ["no JSON", () => ["SHARE"], "share-malformed"],
  ["a threshold of one", () => [JSON.stringify({ ...made()[0], threshold: 1 })], "share-malformed"],
];

for (const [what, given, code] of refusals) {
  test(`refused: ${what}`, () => {
    assert.throws(() => fromShares(given()), { name: "ShareError", code });
  });
}

test("what cannot be shared is refused before anything is made", () => {
  for (const [threshold, count] of [
    [1, 3],
    [4, 3],
    [2, 256],
  ] as const) {
    assert.throws(() => made({ threshold, count }), RangeError);
  }
});

function twice(shares: readonly string[]): readonly string[] {
  return [...shares.slice(0, 3), ...shares.slice(0, 1)];
}

/** All five, the first of them of another key: whoever makes it knows the set and the commitment, and can make the check fit. */
function forged(): readonly string[] {
  const [first, ...others] = made();
  const other = withAnotherDigit(first);
  return texts([{ ...other, check: checkOf(other) }, ...others]);
}

function withAnotherDigit(share: Share | undefined): Share {
  assert.ok(share);
  return { ...share, value: (share.value.startsWith("0") ? "1" : "0") + share.value.slice(1) };
}
