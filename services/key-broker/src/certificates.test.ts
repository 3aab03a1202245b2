// Certificates for the mesh: only for the attested key or the one that the evidence names, only in a role that the policy grants; and RSA keys.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import { toReportData } from "@sealserve/attestation";
import { kbsReportData, type RuntimeData, type TeePublicKey, writeExtraParams } from "@sealserve/protocols/key-broker";
import { createMeshKey } from "@sealserve/session";
import { exportJWK, flattenedDecrypt, generateKeyPair } from "jose";
import { x509 } from "./keys/x509.ts";
import { type BrokerFixture, model, stanzasFor, startFixture, tenant, trusted } from "./testing/broker-fixture.ts";

const never = new AbortController().signal;
let fixture: BrokerFixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture[Symbol.asyncDispose]());

async function tokenFor(teePublicKey: TeePublicKey, csrKey?: string): Promise<string> {
  const { service, intel } = fixture;
  const { nonce, session } = await service.auth(
    { tee: "tdx", extraParams: writeExtraParams({ tenant, model }) },
    never,
  );
  const runtimeData: RuntimeData = { nonce, "tee-pubkey": teePublicKey, ...(csrKey ? { "csr-key": csrKey } : {}) };
  const evidence = await intel.attester(trusted).evidence(toReportData(await kbsReportData(runtimeData)));
  return (await service.attest({ session, runtimeData, evidence }, never)).token;
}

const certify = (token: string, csr: string, role: "backend" | "frontend" = "backend") =>
  fixture.service.certificate({ token, tenant, model, role, csr }, never);

async function ecKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } = await x509();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=somebody else",
    keys: pair,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [new SubjectAlternativeNameExtension([{ type: "url", value: "spiffe://test.example/frontend/king" }])],
  });
  return { jwk: { kty: "EC", crv: "P-256", alg: "ECDH-ES+A256KW", x, y } as const, csr: request.toString("pem") };
}

test("the attested key is certified for an hour, and nothing of the request but its key counts", async () => {
  const { jwk, csr } = await ecKey();
  const { certificate } = await certify(await tokenFor(jwk), csr);
  const leaf = new X509Certificate(certificate);
  assert.match(leaf.subjectAltName ?? "", /^URI:spiffe:\/\/test\.example\/backend\/acme\/ocr\/[0-9a-f]{16}$/);
  assert.equal(leaf.subject, "CN=backend");
  const left = Date.parse(leaf.validTo) - Date.now();
  assert.ok(left > 59 * 60_000 && left <= 60 * 60_000, `${left} ms`);
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("a key that the evidence names is certified; any other is not", async () => {
  const named = await createMeshKey();
  const spki = Buffer.from(named.spkiSha256).toString("base64url");
  const token = await tokenFor((await ecKey()).jwk, spki);
  assert.ok((await certify(token, named.certificateRequest)).certificate);
  const stranger = await createMeshKey();
  await assert.rejects(certify(token, stranger.certificateRequest), { code: "policy-refused" });
});

test("a role that the policy does not grant, and a request that its key did not sign, are refused", async () => {
  const { jwk, csr } = await ecKey();
  const token = await tokenFor(jwk);
  await assert.rejects(certify(token, csr, "frontend"), { code: "policy-refused" });
  const forged = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${forged.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  for (const bad of [pem, "no PEM", ""]) await assert.rejects(certify(token, bad), { code: "malformed-request" });
});

test("what is released to an RSA key is wrapped with RSA-OAEP-256", async () => {
  const { publicKey, privateKey } = await generateKeyPair("RSA-OAEP-256", { extractable: true });
  const { n = "", e = "" } = await exportJWK(publicKey);
  const token = await tokenFor({ kty: "RSA", alg: "RSA-OAEP-256", n, e: e as "AQAB" });
  const fileKey = new Uint8Array(16).fill(8);
  const stanzas = await stanzasFor(fixture.recipient, fileKey);
  const jwe = await fixture.service.unwrap({ token, tenant, model, stanzas }, never);
  const { plaintext, protectedHeader } = await flattenedDecrypt({ ...jwe }, privateKey);
  assert.deepEqual([new Uint8Array(plaintext), protectedHeader], [fileKey, { alg: "RSA-OAEP-256", enc: "A256GCM" }]);
});
