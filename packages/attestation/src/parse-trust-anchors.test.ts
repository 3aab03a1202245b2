// Trust anchors from a file: all that must be said, and nothing else.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseTrustAnchors } from "./parse-trust-anchors.ts";

const anchor = { name: "Mock SGX Root CA", vendor: "intel", sha256: "77".repeat(32), simulated: true };

test("one, and several", () => {
  assert.deepEqual(parseTrustAnchors(anchor), [anchor]);
  assert.deepEqual(parseTrustAnchors([anchor, { ...anchor, name: "other" }]).length, 2);
  assert.deepEqual(parseTrustAnchors([]), []);
});

suite("refused whole", () => {
  const { simulated: _, ...silent } = anchor;
  for (const [name, data] of [
    ["silent about whether it is simulated", silent],
    ["simulated, maybe", { ...anchor, simulated: "yes" }],
    ["of another vendor", { ...anchor, vendor: "arm" }],
    ["a digest too short", { ...anchor, sha256: "77".repeat(31) }],
    ["a key too many", { ...anchor, pem: "" }],
    ["one of two", [anchor, {}]],
    ["a PEM text", "-----BEGIN CERTIFICATE-----"],
    ["nothing", null],
  ] as const) {
    test(name, () => assert.throws(() => parseTrustAnchors(data), { name: "PolicyError", code: "policy-malformed" }));
  }
});
