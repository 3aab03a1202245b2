// Certificates are read strictly: what is not understood, doubled or changed is refused or no longer signed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CertificateFields, generateSigningKey, issueCertificate } from "@sealserve/mock-tee";
import fc from "fast-check";
import { fromHex } from "../hex.ts";
import { parseCertificate } from "./certificate.ts";
import { CertificateError } from "./certificate-error.ts";
import { verifyChain } from "./chain.ts";

const key = generateSigningKey("p256");
const authority = generateSigningKey("p256");
const from = new Date("2026-01-01T00:00:00Z");
const until = new Date("2050-06-01T00:00:00Z");

function issue(changed: Partial<CertificateFields> = {}): Uint8Array {
  return issueCertificate({
    ...{ serial: 0x80n, subject: [["CN", "Leaf"]], issuer: [["CN", "Root"]], notBefore: from, notAfter: until },
    ...{ subjectKey: key, issuerKey: authority, ca: false, pathLength: null, keyUsage: ["digitalSignature"] },
    ...{ crlUrl: "https://example.com/crl", keyIds: true, extensions: [] },
    ...changed,
  }).der;
}

const root = parseCertificate(
  issue({ subject: [["CN", "Root"]], subjectKey: authority, ca: true, keyUsage: ["keyCertSign", "cRLSign"] }),
  "root",
);

function isCode(code: CertificateError["code"]): (error: unknown) => boolean {
  return (error) => error instanceof CertificateError && error.code === code;
}

/** Extension 1.2.3 with an empty value; critical or not. */
const stranger = (critical: boolean) =>
  fromHex(critical ? "300906022a030101ff0400" : "300606022a030400", critical ? 11 : 8) ?? new Uint8Array();

test("its parts are values", async () => {
  const leaf = parseCertificate(issue(), "leaf");
  assert.equal(leaf.serial, "80");
  assert.deepEqual([leaf.subjectName, leaf.issuerName], ["Leaf", "Root"]);
  assert.deepEqual([leaf.from, leaf.until], [from.getTime(), until.getTime()]);
  assert.deepEqual([...(leaf.extensions.keyUsage ?? [])], ["digitalSignature"]);
  assert.deepEqual(leaf.extensions.basicConstraints, { ca: false, pathLength: null });
  await verifyChain([leaf, root]);
});

test("an unknown extension may be there, but not be critical, and none twice", () => {
  assert.ok(parseCertificate(issue({ extensions: [stranger(false)] }), "leaf").extensions.values.has("1.2.3"));
  for (const extensions of [[stranger(true)], [stranger(false), stranger(false)]]) {
    assert.throws(() => parseCertificate(issue({ extensions }), "leaf"), isCode("certificate-malformed"));
  }
});

test("names reach messages without control characters, and two common names are none", () => {
  const odd = parseCertificate(issue({ subject: [["CN", `a\n\u001b[31m${"x".repeat(500)}`]] }), "leaf");
  assert.match(odd.subjectName, /^a\?\?\[31mx+$/);
  assert.equal(odd.subjectName.length, 128);
  const two = [
    ["CN", "SGX PCK Certificate"],
    ["CN", "SGX Root CA"],
  ] as const;
  assert.equal(parseCertificate(issue({ subject: two }), "leaf").subjectName, "ambiguous");
});

test("every prefix is malformed, and so is one of more than 16 KiB", () => {
  const der = issue();
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => parseCertificate(der.subarray(0, length), "leaf"), isCode("certificate-malformed"));
  }
  assert.throws(() => parseCertificate(new Uint8Array(16 * 1024 + 1), "leaf"), isCode("certificate-malformed"));
});

test("no byte of it can be changed", async () => {
  const der = issue();
  for (let at = 0; at < der.length; at++) {
    const changed = der.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
    const verify = async () => verifyChain([parseCertificate(changed, "leaf"), root]);
    await assert.rejects(verify, CertificateError, String(at));
  }
});

test("any bytes: a certificate or a CertificateError", () => {
  const der = issue();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
      const changed = der.slice();
      for (const [at, byte] of changes) changed[at] = byte;
      try {
        parseCertificate(changed, "leaf");
      } catch (error) {
        assert.ok(error instanceof CertificateError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
