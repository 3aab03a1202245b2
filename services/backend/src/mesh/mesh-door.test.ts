// The door of a backend as time goes by: connections are renewed before certificates end, and nothing is begun after that.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { type Protocol, pathPattern, type TlsChannel } from "@sealserve/protocols";
import { createMeshKey } from "@sealserve/session";
import { MeshDoor, type MeshDoorOptions } from "./mesh-door.ts";

const start = Date.UTC(2030, 0, 1);
const hour = 3_600_000;
const ofTenant: MeshDoorOptions = { trustDomain: "mesh", role: "frontend", tenant: "x" };

const served: Protocol = {
  name: "served",
  handlers: [
    { name: "x", method: "GET", path: pathPattern("/x"), handle: async () => ({ status: 200, headers: {}, body: [] }) },
  ],
  claims: () => true,
  unmatched: () => ({ status: 404, headers: {}, body: [] }),
  refuse: () => ({ status: 503, headers: {}, body: [] }),
};

async function channel(uri: string, end: number, problem: string | null = null): Promise<TlsChannel> {
  const authority = await testMeshAuthority();
  const { certificateRequest } = await createMeshKey();
  const { certificate } = await authority.certify(certificateRequest, uri, new Date(0), new Date(end));
  const der = new Uint8Array(new X509Certificate(certificate).raw);
  const never = (): never => assert.fail("not asked");
  return { clientCertificate: () => ({ der, problem }), exporter: never, spkiSha256: never };
}

/** What is told at each time: the status and whether the connection is closed, or the code of the error. */
async function told(shown: TlsChannel, times: readonly number[], ownEnd = start + 10 * hour, options = ofTenant) {
  let now = start;
  const door = new MeshDoor(options, { epoch: () => now, ownEnd: () => ownEnd });
  const [handler] = door.guard(served).handlers;
  const results: unknown[] = [];
  for (const time of times) {
    now = start + time;
    const asked = { method: "GET", path: "/x", query: "", headers: {}, body: new Uint8Array(), channel: shown };
    try {
      const reply = await handler?.handle(asked, {}, new AbortController().signal);
      results.push([reply?.status, reply?.headers["connection"] ?? "open"]);
    } catch (error) {
      results.push(error instanceof Error && "code" in error ? error.code : error);
    }
  }
  return results;
}

const times = [0, 0.8 * hour, 0.9 * hour, hour];
const life = [[200, "open"], [200, "open"], [200, "close"], "shutting-down"];

test("a connection lasts as long as the certificate of its client, and is renewed before", async () => {
  assert.deepEqual(await told(await channel("spiffe://mesh/frontend/x", start + hour), times), life);
});

test("nor does it outlast the backend's own", async () => {
  assert.deepEqual(await told(await channel("spiffe://mesh/frontend/x", start + 9 * hour), times, start + hour), life);
});

test("a process of another tenant is a stranger, whatever its policy calls it; without tenants each path is one", async () => {
  assert.deepEqual(await told(await channel("spiffe://mesh/frontend/y/x/1", start + hour), [0]), [[403, "close"]]);
  assert.deepEqual(await told(await channel("spiffe://mesh/frontend/xx/x/1", start + hour), [0]), [[403, "close"]]);
  const files = { trustDomain: "mesh", role: "frontend", tenant: null };
  assert.deepEqual(await told(await channel("spiffe://mesh/frontend/y/x/1", start + hour), [0], undefined, files), [
    [200, "open"],
  ]);
});

test("a certificate that proves nothing opens nothing, whatever it says", async () => {
  const shown = await channel("spiffe://mesh/frontend/x", start + hour, "CERT_HAS_EXPIRED");
  assert.deepEqual(await told(shown, [0]), [[403, "close"]]);
});

test("without a connection of TLS there is nobody", () => {
  const door = new MeshDoor(ofTenant, { epoch: () => start, ownEnd: () => start + hour });
  assert.equal(door.guard(served).unmatched({ method: "GET", path: "/", query: "" }).status, 403);
});
