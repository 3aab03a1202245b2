// A key broker in a TEE gives evidence of itself on its TLS listeners, bound to the connection; one outside gives none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openAttested } from "@sealserve/client/node";
import { fakeAttester, fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { startFixture } from "./testing/broker-fixture.ts";

const tls = { host: "127.0.0.1", port: 0, tls: "self-signed", insecurePlaintext: false } as const;

test("evidence of purpose key-broker, bound to the connection, from a broker in a TEE", async () => {
  await using fixture = await startFixture({ config: { listen: tls }, parts: { attester: fakeAttester } });
  const url = fixture.broker.urls.broker ?? "";
  assert.match(url, /^https:/);
  await using attested = await openAttested(url, fakeTrust({ purpose: "key-broker" }));
  assert.equal(attested.peer.fields.purpose, "key-broker");
  assert.equal(attested.peer.fields.configDigest.length, 32);
  const reply = await attested.fetch(`${url}/kbs/v0/resource/a/b/c`);
  assert.equal(reply.status, 401);
  await assert.rejects(openAttested(url, fakeTrust({ purpose: "client-facing" })), { code: "purpose-mismatch" });
});

test("no evidence outside a TEE", async () => {
  await using fixture = await startFixture({ config: { listen: tls } });
  await assert.rejects(openAttested(fixture.broker.urls.broker ?? "", fakeTrust({ purpose: "key-broker" })));
});
