// Names of mesh certificates: only one SPIFFE URI with a role in it is a name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { createMeshKey } from "./mesh-key.ts";
import { type MeshName, meshNameOf } from "./mesh-name.node.ts";

const [begin, end] = [new Date("2024-01-01T00:00:00Z"), new Date("2034-01-01T00:00:00Z")];

async function named(uri: string): Promise<MeshName | null> {
  const authority = await testMeshAuthority();
  const { certificateRequest } = await createMeshKey();
  return meshNameOf((await authority.certify(certificateRequest, uri, begin, end)).certificate);
}

test("trust domain, role, tenant and end are read", async () => {
  const expected = { trustDomain: "mesh.example", role: "frontend", tenant: "acme", notAfter: end.getTime() };
  assert.deepEqual(await named("spiffe://mesh.example/frontend/acme/server/1"), expected);
});

test("what only looks alike has no name", async () => {
  for (const uri of [
    "https://mesh.example/frontend/acme",
    "spiffe://mesh.example/frontend",
    "spiffe://mesh.example/frontend/",
    "spiffe://mesh.example/frontend//acme",
    "spiffe:///frontend/acme",
    "spiffe://mesh.example",
    "spiffe://mesh.example/frontend/acme, DNS:other",
    "spiffe://user@mesh.example/frontend/acme",
  ]) {
    assert.equal(await named(uri), null, uri);
  }
});
