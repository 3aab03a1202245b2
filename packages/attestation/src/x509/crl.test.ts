// Revocation lists: who made them, what they must hold, and how long they may be.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CertificateFields,
  generateSigningKey,
  issueCertificate,
  issueRevocationList,
  type RevocationListFields,
} from "@sealserve/mock-tee";
import fc from "fast-check";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { CrlError, type CrlFault, largestCrl, parseCrl, verifyCrl } from "./crl.ts";

const key = generateSigningKey("p256");
const name = [["CN", "Example CA"]] as const;
const thisUpdate = new Date("2026-01-01T00:00:00Z");
const nextUpdate = new Date("2026-02-01T00:00:00Z");

function issuer(changed: Partial<CertificateFields> = {}): Certificate {
  const { der } = issueCertificate({
    ...{
      serial: 7n,
      subject: name,
      issuer: name,
      notBefore: thisUpdate,
      notAfter: nextUpdate,
      subjectKey: key,
      issuerKey: key,
    },
    ...{ ca: true, pathLength: null, keyUsage: ["keyCertSign", "cRLSign"], crlUrl: null, keyIds: true, extensions: [] },
    ...changed,
  });
  return parseCertificate(der, "CA");
}

function list(changed: Partial<RevocationListFields> = {}): Uint8Array {
  return issueRevocationList({
    ...{ issuer: name, issuerKey: key, thisUpdate, nextUpdate, revoked: [], number: 1, keyId: true },
    ...changed,
  });
}

function isFault(fault: CrlFault): (error: unknown) => boolean {
  return (error) => error instanceof CrlError && error.fault === fault;
}

test("serials are compared as numbers, with or without a sign byte", async () => {
  const crl = parseCrl(list({ revoked: [0x80n, 0n, 0x1234n] }));
  await verifyCrl(crl, issuer());
  assert.equal(crl.from, thisUpdate.getTime());
  assert.equal(crl.until, nextUpdate.getTime());
  for (const [serial, revoked] of [
    [0x80n, true],
    [0n, true],
    [0x1234n, true],
    [0x8000n, false],
    [0x12n, false],
  ] as const) {
    assert.equal(crl.revoked.has(issuer({ serial }).serial), revoked, String(serial));
  }
});

test("an empty list revokes nobody", () => {
  assert.equal(parseCrl(list()).revoked.size, 0);
});

test("a list must have a number and name its issuer's key", () => {
  assert.throws(() => parseCrl(list({ number: null })), isFault("malformed"));
  assert.throws(() => parseCrl(list({ keyId: false })), isFault("malformed"));
});

test("another issuer, or one that may not sign lists, did not make it", async () => {
  const crl = parseCrl(list());
  const stranger = generateSigningKey("p256");
  const faults: readonly (readonly [Partial<CertificateFields>, CrlFault])[] = [
    [{ subject: [["CN", "Other CA"]] }, "issuer"],
    [{ subjectKey: stranger }, "issuer"],
    [{ keyIds: false }, "issuer"],
    [{ ca: false }, "issuer"],
    [{ keyUsage: ["keyCertSign"] }, "issuer"],
  ];
  for (const [changed, fault] of faults) await assert.rejects(verifyCrl(crl, issuer(changed)), isFault(fault));
  const forged = { ...stranger, keyId: key.keyId };
  await assert.rejects(verifyCrl(parseCrl(list({ issuerKey: forged })), issuer()), isFault("signature"));
});

test("a list of any length is indexed, up to the size beyond which it is not looked at", () => {
  const revoked = Array.from({ length: 80_000 }, (_, i) => (1n << 150n) + BigInt(i));
  const der = list({ revoked });
  assert.ok(der.length < largestCrl && der.length > largestCrl / 2, String(der.length));
  const { revoked: indexed } = parseCrl(der);
  assert.equal(indexed.size, revoked.length);
  assert.throws(() => parseCrl(new Uint8Array(largestCrl + 1)), isFault("too-large"));
});

test("a changed, cut or random list is refused by a CrlError, or fails its signature", async () => {
  const der = list({ revoked: [5n, 6n] });
  const ca = issuer();
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => parseCrl(der.subarray(0, length)), isFault("malformed"));
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = der.slice();
      changed[at] = (changed[at] ?? 0) ^ mask;
      await assert.rejects(async () => verifyCrl(parseCrl(changed), ca), CrlError);
    }),
    { numRuns: 300 },
  );
});
