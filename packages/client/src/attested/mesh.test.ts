// Mutual TLS in the mesh, with certificates that change under open connections.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { type TestMeshAuthority, testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import { attestation } from "@sealserve/protocols/attestation";
import { type Listeners, openListeners, Secret, silentLogger, type TlsCredentials } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey } from "@sealserve/session";
import { honestParts } from "../testing/attested-server.ts";
import { connectAttested } from "./connect-attested.node.ts";
import type { MeshPeer } from "./tls-connection.node.ts";

let authority: TestMeshAuthority;
let other: TestMeshAuthority;
const trust = fakeTrust({ purpose: "backend" });

before(async () => {
  [authority, other] = await Promise.all([testMeshAuthority(), testMeshAuthority()]);
});

async function certified(by: TestMeshAuthority, role: string) {
  const { certificateRequest, privateKey } = await createMeshKey();
  const until = new Date(Date.now() + 60_000);
  const { certificate } = await by.certify(certificateRequest, `spiffe://test/${role}/x`, new Date(0), until);
  return { certificate, privateKey };
}

async function backendCredentials(role = "backend", by = authority): Promise<TlsCredentials> {
  const { certificate, privateKey } = await certified(by, role);
  return { certificate, privateKey: new Secret(Buffer.from(privateKey)), clientRoots: authority.roots };
}

async function frontend(by = authority, peer = "spiffe://test/backend/"): Promise<() => MeshPeer> {
  const own = await certified(by, "frontend");
  return () => ({ ...own, roots: authority.roots, peer });
}

async function openBackend(tls: TlsCredentials): Promise<Listeners & { readonly url: string }> {
  const listeners = await openListeners(
    { host: "127.0.0.1", tls, insecurePlaintext: false },
    [{ protocol: openInferenceOver(echoService()), port: 0 }],
    {
      clock: systemClock(),
      logger: silentLogger(),
      everywhere: [attestation(honestParts({ purpose: "backend" }))],
    },
  );
  return { ...listeners, url: Object.values(listeners.urls)[0] ?? "" };
}

test("both ends show certificates of the mesh; a renewed one drops no connection", async () => {
  await using backend = await openBackend(await backendCredentials());
  const keys = new Set<string>();
  const onAttested = (peer: { fields: { channel: { spkiSha256: Uint8Array } | null } }) =>
    keys.add(Buffer.from(peer.fields.channel?.spkiSha256 ?? []).toString("hex"));
  await using first = await connectAttested(backend.url, trust, { mesh: await frontend() }, { onAttested });
  backend.renew(await backendCredentials());
  await first.list();
  assert.equal(keys.size, 1);
  await using second = await connectAttested(backend.url, trust, { mesh: await frontend() }, { onAttested });
  await second.list();
  assert.equal(keys.size, 2);
});

test("a stranger to the mesh gets in at neither end", async () => {
  await using backend = await openBackend(await backendCredentials());
  const unreachable = { code: "unreachable" };
  await assert.rejects(connectAttested(backend.url, trust), unreachable);
  await assert.rejects(connectAttested(backend.url, trust, { mesh: await frontend(other) }), unreachable);
  await using stranger = await openBackend(await backendCredentials("backend", other));
  await assert.rejects(connectAttested(stranger.url, trust, { mesh: await frontend() }), unreachable);
});

test("a certificate of another role is refused, also one whose name only begins alike (D10)", async () => {
  for (const role of ["frontend", "backend-too"]) {
    await using backend = await openBackend(await backendCredentials(role));
    await assert.rejects(connectAttested(backend.url, trust, { mesh: await frontend() }), { code: "unreachable" });
  }
  await using exact = await openBackend(await backendCredentials());
  await assert.rejects(
    connectAttested(exact.url, trust, { mesh: await frontend(authority, "spiffe://test/backend") }),
    { code: "unreachable" },
  );
});

test("credentials that cannot be used change nothing", async () => {
  await using backend = await openBackend(await backendCredentials());
  const { certificate } = await backendCredentials();
  const { privateKey } = await backendCredentials();
  assert.throws(() => backend.renew({ certificate, privateKey }), { code: "credentials-unusable" });
  await using service = await connectAttested(backend.url, trust, { mesh: await frontend() });
  assert.ok(await service.list());
});
