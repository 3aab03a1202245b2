// SIGSTRUCTs of our own making: what they say is read, what is signed cannot be changed, and whoever signs is named.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { parseSigstruct } from "./parse-sigstruct.ts";
import { SigstructError } from "./sigstruct-error.ts";
import { generateAuthorKey, signedSigstruct } from "./testing/signed-sigstruct.ts";
import { verifySigstruct } from "./verify-sigstruct.ts";

const key = generateAuthorKey();
const fields = {
  mrEnclave: new Uint8Array(32).fill(0xe1),
  isvProdId: 3,
  isvSvn: 258,
  flags: 0x04,
  flagsMask: 0xff,
  date: 0x20260615,
};
const good = signedSigstruct(key, fields);

test("measurements, product, version, date and author", async () => {
  const found = await verifySigstruct(parseSigstruct(good));
  assert.equal(found.mrEnclave, "e1".repeat(32));
  assert.equal(found.mrSigner, createHash("sha256").update(key.modulus).digest("hex"));
  assert.deepEqual([found.isvProdId, found.isvSvn, found.date, found.debug], [3, 258, "2026-06-15", false]);
  assert.equal(found.attributes, `04${"00".repeat(15)}`);
});

suite("debug is what the author sets, or leaves open", () => {
  for (const { flags, flagsMask, debug } of [
    { flags: 0x04, flagsMask: 0xff, debug: false },
    { flags: 0x06, flagsMask: 0xff, debug: true },
    { flags: 0x04, flagsMask: 0xfd, debug: true },
    { flags: 0x06, flagsMask: 0xfd, debug: true },
  ]) {
    test(`flags ${flags}, mask ${flagsMask}: ${debug}`, () => {
      assert.equal(parseSigstruct(signedSigstruct(key, { ...fields, flags, flagsMask })).debug, debug);
    });
  }
});

test("every byte that is signed, the signature and the key cannot be changed", async () => {
  for (let at = 0; at < 1028; at++) {
    const changed = Uint8Array.from(good);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    await assert.rejects(async () => verifySigstruct(parseSigstruct(changed)), SigstructError, `byte ${at}`);
  }
});

test("another author's signature, and a copy under another's key", async () => {
  const other = generateAuthorKey();
  const stolen = Uint8Array.from(good);
  stolen.set(other.modulus, 128);
  await assert.rejects(verifySigstruct(parseSigstruct(stolen)), { code: "signature" });
  const again = await verifySigstruct(parseSigstruct(signedSigstruct(other, fields)));
  assert.notEqual(again.mrSigner, (await verifySigstruct(parseSigstruct(good))).mrSigner);
});

suite("what is no SIGSTRUCT is refused with the field's name", () => {
  const edited = (edit: (bytes: Uint8Array, view: DataView) => void) => signedSigstruct(key, fields, edit);
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["empty", new Uint8Array(), "length"],
    ["one byte short", good.subarray(1), "length"],
    ["one byte long", Uint8Array.of(...good, 0), "length"],
    ["header", edited((bytes) => bytes.fill(1, 0, 1)), "HEADER"],
    ["header 2", edited((bytes) => bytes.fill(9, 24, 25)), "HEADER2"],
    ["exponent 65537", edited((_, view) => view.setUint32(512, 65537, true)), "EXPONENT"],
    ["a month 13", edited((_, view) => view.setUint32(20, 0x20261301, true)), "DATE"],
    ["a date that is not decimal", edited((_, view) => view.setUint32(20, 0x2026061a, true)), "DATE"],
    ["30 February", edited((_, view) => view.setUint32(20, 0x20260230, true)), "DATE"],
    ["reserved bytes", edited((bytes) => bytes.fill(1, 100, 101)), "RESERVED at 44"],
    ["reserved bytes behind the product", edited((bytes) => bytes.fill(1, 1030, 1031)), "RESERVED at 1028"],
  ];
  for (const [name, bytes, expected] of cases) {
    test(name, () => {
      assert.throws(
        () => parseSigstruct(bytes),
        (error) => {
          assert.ok(error instanceof SigstructError);
          assert.equal("field" in error.facts ? error.facts.field : error.code, expected);
          return true;
        },
      );
    });
  }
});

test("whatever the bytes, the answer is a SIGSTRUCT or its error", async () => {
  const mutation = fc.tuple(fc.nat(1807), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { maxLength: 8 }), fc.nat(1808), async (mutations, length) => {
      const changed = Uint8Array.from(good).subarray(0, length < 1700 ? 1808 : length);
      for (const [at, value] of mutations) changed[at] = value;
      try {
        await verifySigstruct(parseSigstruct(changed));
      } catch (error) {
        assert.ok(error instanceof SigstructError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
