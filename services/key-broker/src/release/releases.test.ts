// Releases under changes: policies, limits and revocations that come while others are being decided (security cases E3 to E5).
import assert from "node:assert/strict";
import { test } from "node:test";
import { isKeyBrokerError } from "@sealserve/protocols/key-broker";
import { model, policyFor, stanzasFor, startFixture, tenant } from "../testing/broker-fixture.ts";
import type { ReleaseStep } from "./releases.ts";

const fileKey = () => new Uint8Array(16).fill(3);

async function outcomes(asked: readonly Promise<unknown>[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const outcome of await Promise.allSettled(asked)) {
    const { status } = outcome;
    const code =
      status === "fulfilled"
        ? outcome.value
          ? "released"
          : "unknown-key"
        : isKeyBrokerError(outcome.reason)
          ? outcome.reason.code
          : "?";
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

test("E4: of a hundred releases at once with a limit of one, exactly one comes", async () => {
  await using fixture = await startFixture();
  const { administration } = fixture.broker;
  await administration.setPolicy("test", tenant, model, policyFor(fixture.intel, { releaseLimit: 1 }));
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const session = await fixture.session();
  assert.deepEqual(await outcomes(Array.from({ length: 100 }, () => session.unwrap(stanzas))), {
    released: 1,
    "policy-refused": 99,
  });
});

test("E3, E4: nothing is released after a revocation has been committed, however late the release had come", async () => {
  let revoke: (() => void) | null = null;
  const revoked = Promise.withResolvers<void>();
  const onStep = (step: ReleaseStep) => {
    if (step !== "produced" || !revoke) return;
    revoke();
    revoke = null;
  };
  await using fixture = await startFixture({ parts: { onStep } });
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const session = await fixture.session();
  assert.ok(await session.unwrap(stanzas));
  // The change is asked for after the key has been unwrapped, and waits for the same lock.
  revoke = () =>
    fixture.broker.administration
      .enableKey("test", tenant, "model-key", null, false)
      .then(revoked.resolve, revoked.reject);
  const late = session.unwrap(stanzas);
  await revoked.promise;
  assert.equal(await late, null);
  assert.equal(await session.unwrap(stanzas), null);
});

test("E5: rotation while keys are being released loses none", async () => {
  await using fixture = await startFixture();
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const session = await fixture.session();
  const asked = Array.from({ length: 20 }, () => session.unwrap(stanzas));
  for (let i = 0; i < 3; i++) await fixture.broker.administration.rotateKey("test", tenant, "model-key", "x25519");
  assert.deepEqual(await outcomes(asked), { released: 20 });
});

test("a key that the policy does not name opens nothing, also of the same tenant", async () => {
  await using fixture = await startFixture();
  const other = await fixture.broker.administration.createKey("test", tenant, "other-key", "x25519");
  const session = await fixture.session();
  assert.equal(await session.unwrap(await stanzasFor(other.recipient, fileKey())), null);
});

test("a post-quantum key and an imported one release as any other", async () => {
  await using fixture = await startFixture();
  const { administration } = fixture.broker;
  const { recipient } = await administration.createKey("test", tenant, "pq", "post-quantum");
  await administration.setPolicy("test", tenant, model, policyFor(fixture.intel, { keys: ["pq"] }));
  const session = await fixture.session();
  assert.deepEqual(await session.unwrap(await stanzasFor(recipient, fileKey())), fileKey());
});

test("a stanza that is broken is refused by the log's reason, not by an internal error", async () => {
  await using fixture = await startFixture();
  const [stanza] = await stanzasFor(fixture.recipient, fileKey());
  assert.ok(stanza);
  const session = await fixture.session();
  assert.equal(await session.unwrap([{ args: ["X25519", "AAAA"], body: stanza.body }]), null);
  assert.equal(await session.unwrap([{ args: ["other"], body: new Uint8Array(3) }]), null);
});

test("while the collateral cannot be had nothing is released, and the peer may try again", async () => {
  let down = false;
  const { createMockIntel } = await import("@sealserve/mock-tee");
  const { CollateralError } = await import("@sealserve/attestation");
  const intel = createMockIntel({}, { now: () => new Date() });
  const collateral: typeof intel.source = {
    fetch: (request, signal) =>
      down
        ? Promise.reject(new CollateralError("unavailable", { source: "test", reason: "down" }))
        : intel.source.fetch(request, signal),
  };
  await using fixture = await startFixture({ intel, parts: { collateral } });
  const stanzas = await stanzasFor(fixture.recipient, fileKey());
  const session = await fixture.session();
  assert.ok(await session.unwrap(stanzas));
  down = true;
  await assert.rejects(session.unwrap(stanzas), { code: "collateral-unavailable" });
  down = false;
  assert.ok(await session.unwrap(stanzas));
});
