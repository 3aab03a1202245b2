// Later releases have greater numbers, and every number fits into 16 bits.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isvSvnOf } from "./isv-svn.ts";

test("examples", () => {
  assert.equal(isvSvnOf("0.1.0"), 16);
  assert.equal(isvSvnOf("1.2.3"), 1024 + 32 + 3);
  assert.equal(isvSvnOf("1.2.3-rc.1"), isvSvnOf("1.2.3"));
  assert.equal(isvSvnOf("63.63.15"), 65535);
});

for (const version of [
  "",
  "1.2",
  "1.2.3.4",
  "64.0.0",
  "0.64.0",
  "0.0.16",
  "0.0.0",
  "v1.2.3",
  "1.2.x",
  "-1.0.0",
  "1.2.3junk",
]) {
  test(`'${version}' has none`, () => assert.equal(isvSvnOf(version), null));
}

test("numbers are ordered as releases are", () => {
  const version = fc.tuple(fc.nat(63), fc.nat(63), fc.nat(15)).filter((parts) => parts.some((part) => part > 0));
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [first, second] = [isvSvnOf(a.join(".")), isvSvnOf(b.join("."))];
      assert.ok(first !== null && second !== null && first > 0 && first <= 0xffff);
      const later = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      assert.equal(Math.sign(first - second), Math.sign(later));
    }),
  );
});
