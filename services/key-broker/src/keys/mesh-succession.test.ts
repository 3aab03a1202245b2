// A new root for a mesh at work: two processes renew their certificates across it, and no request is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openMeshExchange } from "@sealserve/client/node";
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import type { MeshRole } from "@sealserve/protocols/key-broker";
import { openListeners, Secret, silentLogger, type TlsCredentials } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type MeshCredentials, type MeshIdentity, meshIdentity } from "@sealserve/session/node";
import { type BrokerFixture, model, policyFor, startFixture, tenant } from "../testing/broker-fixture.ts";
import { request } from "../testing/raw-attestation.ts";

/** Milliseconds; certificates count in whole seconds. */
const lifetime = 3_000;
const never = new AbortController().signal;
const clock = systemClock();
const index = {
  ...{ method: "POST", path: "/v2/repository/index", query: "" },
  ...{ headers: { "content-type": "application/json" }, body: new Uint8Array(0) },
};

async function join(
  { session }: BrokerFixture,
  role: MeshRole,
  told: (credentials: MeshCredentials) => void = () => {},
): Promise<MeshIdentity> {
  return meshIdentity({
    clock,
    obtain: async (key) => (await session(undefined, undefined, key)).certificate(role, never),
    onRenewed: told,
    onProblem(error) {
      throw error;
    },
  });
}

function tlsOf({ certificate, privateKey, roots }: MeshCredentials): TlsCredentials {
  return { certificate, privateKey: new Secret(Buffer.from(privateKey)), clientRoots: roots };
}

const rootsOf = ({ current }: MeshIdentity): number => current.roots.match(/BEGIN/g)?.length ?? 0;

test("requests between two processes go on through a new root, until the old one is gone", async () => {
  await using fixture = await startFixture({ parts: { meshLifetime: lifetime } });
  const { broker, intel, adminToken } = fixture;
  await broker.administration.setPolicy("test", tenant, model, policyFor(intel, { roles: ["backend", "frontend"] }));
  let renew: (credentials: MeshCredentials) => void = () => {};
  using backend = await join(fixture, "backend", (credentials) => renew(credentials));
  await using listeners = await openListeners(
    { host: "127.0.0.1", tls: tlsOf(backend.current), insecurePlaintext: false },
    [{ protocol: openInferenceOver(echoService()), port: 0 }],
    { clock, logger: silentLogger() },
  );
  renew = (credentials) => listeners.renew(tlsOf(credentials));
  using frontend = await join(fixture, "frontend");
  await using exchange = openMeshExchange(
    // So short that connections are made anew all the time: with each renewal's certificate and roots.
    { url: Object.values(listeners.urls)[0] ?? "", maxAge: 50 },
    { mesh: () => ({ ...frontend.current, peer: "spiffe://test.example/backend/" }), epoch: Date.now },
  );
  const old = frontend.current.roots;
  const headers = { authorization: `Bearer ${await adminToken()}` };
  const body = { overlap: lifetime / 1000 };
  const rotated = await request(broker.urls.admin, "/admin/v1/own-keys/mesh/rotate", { headers, body });
  assert.equal(rotated.status, 200);
  let answered = 0;
  const seen = new Set<string>();
  const until = Date.now() + 4 * lifetime;
  while ([frontend, backend].some(({ current }) => current.roots.includes(old.trim())) && Date.now() < until) {
    const answer = await exchange.send(index);
    assert.equal(answer.status, 200);
    answered++;
    seen.add(`${rootsOf(frontend)} ${rootsOf(backend)}`);
    await pause(5);
  }
  assert.deepEqual([rootsOf(frontend), rootsOf(backend)], [1, 1], "the old root is gone");
  assert.equal(frontend.current.roots, backend.current.roots);
  assert.ok(seen.has("2 2"), "both were trusted meanwhile");
  assert.equal((await exchange.send(index)).status, 200);
  assert.ok(answered > 300, `${answered} requests`);
});
