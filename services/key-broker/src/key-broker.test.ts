// The walk of a key: a nonce, evidence, a token, and what it releases; and that nothing else is released.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { model, policyFor, stanzasFor, startFixture, tenant, trusted } from "./testing/broker-fixture.ts";

const fileKey = () => Uint8Array.from({ length: 16 }, (_, i) => i + 1);

test("an attested process gets the key of a sealed file, a resource and a certificate", async () => {
  await using fixture = await startFixture();
  const { broker, recipient } = fixture;
  const session = await fixture.session();
  assert.deepEqual(await session.unwrap(await stanzasFor(recipient, fileKey())), fileKey());
  await broker.administration.setResource("test", tenant, model, "token", Buffer.from("a secret"));
  assert.equal(Buffer.from(await session.resource("token")).toString(), "a secret");
  const { certificate, roots } = await session.certificate("backend");
  const leaf = new X509Certificate(certificate);
  const root = new X509Certificate(roots);
  assert.ok(leaf.checkIssued(root) && leaf.verify(root.publicKey));
  assert.match(leaf.subjectAltName ?? "", /^URI:spiffe:\/\/test\.example\/backend\/acme\/ocr\/[0-9a-f]{16}$/);
  assert.equal(leaf.ca, false);
});

test("old generations of a rotated key still open; a disabled one does not", async () => {
  await using fixture = await startFixture();
  const { administration } = fixture.broker;
  const before = await stanzasFor(fixture.recipient, fileKey());
  const { recipient } = await administration.rotateKey("test", tenant, "model-key", "x25519");
  assert.notEqual(recipient, fixture.recipient);
  const session = await fixture.session();
  assert.deepEqual(await session.unwrap(before), fileKey());
  assert.deepEqual(await session.unwrap(await stanzasFor(recipient, fileKey())), fileKey());
  await administration.enableKey("test", tenant, "model-key", 1, false);
  assert.equal(await session.unwrap(before), null);
});

test("another measurement, another tenant and another model are refused by the policy", async () => {
  await using fixture = await startFixture();
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const refused = { code: "policy-refused" };
  const changed = await fixture.session({ ...trusted, mrTd: "22".repeat(48) });
  await assert.rejects(changed.unwrap(stanzas), refused);
  await assert.rejects((await fixture.session(trusted, { tenant: "other" })).unwrap(stanzas), refused);
  await assert.rejects((await fixture.session(trusted, { model: "other" })).unwrap(stanzas), refused);
});

test("simulated hardware is refused by a policy that does not name its root, and debug TEEs by all", async () => {
  await using fixture = await startFixture();
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const debug = await fixture.session({ ...trusted, debug: true });
  await assert.rejects(debug.unwrap(stanzas), { code: "evidence-refused" });
  const appraisal = { name: "real", references: [], tcbStatuses: ["UpToDate"], hardwareIds: null };
  await fixture.broker.administration.setPolicy("test", tenant, model, policyFor(fixture.intel, { appraisal }));
  await assert.rejects((await fixture.session()).unwrap(stanzas), { code: "policy-refused" });
});

test("what is decided is decided again at the release: a policy that changed since refuses", async () => {
  await using fixture = await startFixture();
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const session = await fixture.session();
  assert.ok(await session.unwrap(stanzas));
  await fixture.broker.administration.removeReference("test", tenant, model, "release-1");
  await assert.rejects(session.unwrap(stanzas), { code: "policy-refused" });
});
