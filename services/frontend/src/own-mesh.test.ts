// Evidence of a frontend names the roots that it trusts now.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshMembership } from "@sealserve/client/proving";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import type { MeshCredentials } from "@sealserve/session/node";
import { ownMesh } from "./own-mesh.ts";

test("a renewal with another root changes what evidence names, and is told; one with the same roots is not", async () => {
  const [first, second] = [await testMeshAuthority(), await testMeshAuthority()];
  let roots = first.roots;
  const acts: ((credentials: MeshCredentials) => void)[] = [];
  const current = (): MeshCredentials => ({ certificate: "", privateKey: "", roots, notAfter: new Date(0) });
  const mesh: MeshMembership = {
    get current() {
      return current();
    },
    trustDomain: "test",
    tenant: "acme",
    onRenewed: (act) => acts.push(act),
    [Symbol.dispose]: () => {},
  };
  let told = 0;
  const own = ownMesh(mesh, { onChanged: () => told++ });
  const before = Buffer.from(own.meshDigest());
  const renew = (): void => {
    for (const act of acts) act(current());
  };
  renew();
  assert.equal(told, 0);
  roots = `${first.roots}\n${second.roots}`;
  renew();
  assert.equal(told, 1);
  assert.notDeepEqual(Buffer.from(own.meshDigest()), before);
});
