// The digest of a mesh: other roots, trust domain or tenant make another one; nothing but certificates is read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import { meshDigest } from "./mesh-digest.node.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("names the roots whatever their order, the trust domain and the tenant", async () => {
  const [one, two] = [(await testMeshAuthority()).roots, (await testMeshAuthority()).roots];
  const mesh = { roots: one, trustDomain: "mesh.example", tenant: "acme" };
  const digest = hex(meshDigest(mesh));
  assert.match(digest, /^[0-9a-f]{64}$/);
  const others = [
    { ...mesh, roots: two },
    { ...mesh, roots: `${one}\n${two}` },
    { ...mesh, trustDomain: "mesh.exampl" },
    { ...mesh, tenant: "acm" },
    { ...mesh, tenant: null },
    { ...mesh, trustDomain: "mesh.exampleacme", tenant: "" },
  ].map((other) => hex(meshDigest(other)));
  assert.equal(new Set([digest, ...others]).size, 1 + others.length);
  assert.equal(
    hex(meshDigest({ ...mesh, roots: `${two}${one}` })),
    hex(meshDigest({ ...mesh, roots: `${one}\n${two}` })),
  );
  assert.equal(hex(meshDigest({ ...mesh, roots: `${one}${one}` })), digest, "a root that is there twice is one");
});

test("a root under a label that TLS stacks read too is not overlooked, but refused", async () => {
  const [one, two] = [(await testMeshAuthority()).roots, (await testMeshAuthority()).roots];
  for (const label of ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"]) {
    const hidden = two
      .replaceAll("CERTIFICATE-----", `${label}-----`)
      .replaceAll("BEGIN CERTIFICATE", `BEGIN ${label}`);
    const roots = `${one}\n${hidden}`;
    assert.throws(() => meshDigest({ roots, trustDomain: "mesh.example", tenant: null }), RangeError, label);
  }
  assert.throws(() => meshDigest({ roots: "hello", trustDomain: "mesh.example", tenant: null }), RangeError);
});
