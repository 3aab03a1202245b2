// The order of version names, as a table and as laws.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonicalVersion, compareVersions } from "./version-order.ts";

const version = fc.oneof(
  fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
  fc.string({ maxLength: 4 }),
);

describe("the order of versions", () => {
  it("goes from text over small numbers to large ones", () => {
    const ordered = [
      "",
      "1.x",
      "beta",
      "v2",
      "0",
      "0.9",
      "1",
      "1.0.1",
      "1.2",
      "1.10",
      "2",
      "10",
      "12345678901234567890",
    ];
    assert.deepEqual([...ordered].reverse().sort(compareVersions), ordered);
  });

  it("takes different spellings of a number as one version", () => {
    for (const [a, b] of [
      ["1", "1.0"],
      ["1", "001"],
      ["1.2", "1.02.0.0"],
      ["0", "0.0"],
    ] as const) {
      assert.equal(compareVersions(a, b), 0);
      assert.equal(canonicalVersion(a), canonicalVersion(b));
    }
  });

  it("takes numbers that a double cannot tell apart as two versions", () => {
    assert.ok(compareVersions("9007199254740993", "9007199254740992") > 0);
  });

  it("leaves names that are not numbers as they are", () => {
    for (const name of ["v1.0", "1.", ".5", "-1", "1e3", " 1", "1.0-rc"]) assert.equal(canonicalVersion(name), name);
  });

  it("is a total order in which equal means the same canonical name", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) + 0);
        assert.equal(compareVersions(a, b) === 0, canonicalVersion(a) === canonicalVersion(b));
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
      }),
    );
  });
});
