// Floods are bounded (security case E13), and no secret, nonce or token is in a log, an error or the database (E14).
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createLogger } from "@sealserve/server";
import { model, policyFor, stanzasFor, startFixture, tenant, trusted } from "./testing/broker-fixture.ts";
import { attest, attested, auth, request } from "./testing/raw-attestation.ts";

test("a flood of sessions is answered 429 with a time to come again, and keeps no more than the limit", async () => {
  await using fixture = await startFixture({ config: { maxRequestRate: 10, maxSessions: 5 } });
  const body = { version: "0.4.0", tee: "tdx", "extra-params": "" };
  const ask = () => request(fixture.broker.urls.broker, "/kbs/v0/auth", { body });
  const answers = await Promise.all(Array.from({ length: 100 }, ask));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 50 && refused.length < 100, `${refused.length} refused`);
  for (const { headers, body: problem } of refused) {
    assert.deepEqual([headers.get("retry-after"), problem?.["code"]], ["1", "too-many-requests"]);
  }
  const { text } = await request(fixture.broker.urls.operations, "/metrics");
  assert.match(text, /^sealserve_key_broker_sessions 5$/m);
});

test("what is secret is in no log, no answer to others and no file of the database", async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "debug", format: "json" }, { stream: { write: (text) => lines.push(text) } });
  await using fixture = await startFixture({ parts: { logger } });
  const { broker, folder } = fixture;
  const secret = "canary-resource-0123456789";
  const fileKey = Buffer.from("canary-file-key!");
  await broker.administration.setResource("test", tenant, model, "canary", Buffer.from(secret));
  const { generateKeyPair } = await import("@sealserve/sealing");
  const { identity, recipient } = await generateKeyPair();
  await broker.administration.importKey("test", tenant, "imported", identity);
  await broker.administration.setPolicy(
    "test",
    tenant,
    model,
    policyFor(fixture.intel, { keys: ["model-key", "imported"] }),
  );
  const session = await fixture.session();
  assert.deepEqual(await session.unwrap(await stanzasFor(recipient, fileKey)), new Uint8Array(fileKey));
  await session.resource("canary");
  const begun = await auth(fixture);
  const answers = [
    await attest(fixture, begun, { measurements: { ...trusted, debug: true } }),
    await attest(fixture, begun),
    await request(broker.urls.broker, "/v1/unwrap", { body: { secret } }),
    await request(broker.urls.admin, "/admin/v1/tenants", { headers: { authorization: `Bearer ${secret}` } }),
  ];
  const { token } = await attested(fixture);
  const told = answers.map(({ text }) => text).join("\n");
  const files = await Promise.all(["", "-wal"].map((end) => readFile(`${folder}/broker.sqlite${end}`)));
  const all = { log: Buffer.from(lines.join("")), answers: Buffer.from(told), database: Buffer.concat(files) };
  const nonce = begun.nonce.slice(0, 40);
  const secrets = { secret, identity, nonce, fileKey: fileKey.toString(), session: begun.cookie.slice(15), token };
  for (const [where, bytes] of Object.entries(all)) {
    assert.ok(bytes.length > 0, where);
    for (const [what, value] of Object.entries(secrets)) assert.ok(!bytes.includes(value), `${what} in ${where}`);
    assert.ok(
      !bytes.includes(fileKey.toString("base64")) && !bytes.includes(fileKey.toString("hex")),
      `file key in ${where}`,
    );
  }
});
