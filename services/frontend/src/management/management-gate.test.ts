// Who may change models: by address, token, certificate, and never through somebody's browser.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { testMeshAuthority } from "@sealserve/conformance/fixtures/mesh-authority";
import type { HttpRequest, Protocol } from "@sealserve/protocols";
import { pathPattern } from "@sealserve/protocols";
import { openBearerToken, Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey } from "@sealserve/session";
import { guarded, type ManagementSettings, takesChanges } from "./management-gate.ts";

const open: ManagementSettings = { changes: "auto", tokenFile: null, clientRoots: null };
const withToken = { ...open, tokenFile: new Secret(Buffer.from("s3cret-token\n")) };
const withRoots = { ...open, clientRoots: "PEM" };

describe("changes", () => {
  it("are taken on loopback, or where callers have to prove who they are", () => {
    for (const host of ["127.0.0.1", "localhost", "::1"]) assert.equal(takesChanges(host, open), true);
    assert.equal(takesChanges("0.0.0.0", open), false);
    assert.equal(takesChanges("0.0.0.0", withToken), true);
    assert.equal(takesChanges("models.example", withRoots), true);
    assert.equal(takesChanges("127.0.0.1", { ...open, changes: false }), false);
    assert.equal(takesChanges("0.0.0.0", { ...withToken, changes: false }), false);
  });

  it("that were asked for in the open end the start", () => {
    assert.throws(() => takesChanges("0.0.0.0", { ...open, changes: true }), { code: "management-unprotected" });
    assert.equal(takesChanges("127.0.0.1", { ...open, changes: true }), true);
  });
});

const handler = (name: string): Protocol["handlers"][number] => ({
  name,
  method: "POST",
  path: pathPattern("/"),
  handle: async () => ({ status: 200, headers: {}, body: [] }),
});

const token = await openBearerToken(new Secret(Buffer.from("s3cret-token\n")), {
  clock: systemClock(),
  logger: silentLogger(),
});

async function statusOf(settings: ManagementSettings, request: Partial<HttpRequest>, name = "load"): Promise<string> {
  const protocol = { handlers: [handler(name)] } as unknown as Protocol;
  const [found] = guarded(protocol, settings, {
    clock: { epoch: () => now },
    token: settings.tokenFile && token,
  }).handlers;
  const whole = { method: "POST", path: "/", query: "", headers: {}, body: new Uint8Array(), ...request };
  try {
    return String((await found?.handle(whole, {}, new AbortController().signal))?.status);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const now = Date.UTC(2030, 0, 1);
const authority = await testMeshAuthority();
const showing = async (problem: string | null, end = now + 1000): Promise<Partial<HttpRequest>> => {
  const { certificateRequest } = await createMeshKey();
  const { certificate } = await authority.certify(
    certificateRequest,
    "spiffe://people/ann",
    new Date(0),
    new Date(end),
  );
  const der = new Uint8Array(new X509Certificate(certificate).raw);
  const never = (): never => assert.fail("not asked");
  return { channel: { spkiSha256: never, exporter: never, clientCertificate: () => ({ der, problem }) } };
};

describe("a call that changes models", () => {
  it("needs the token where there is one", async () => {
    assert.equal(await statusOf(withToken, bearer("s3cret-token")), "200");
    assert.equal(await statusOf(withToken, { headers: { authorization: "bearer  s3cret-token " } }), "200");
    for (const wrong of [{}, bearer("s3cret"), bearer("s3cret-token2"), { headers: { authorization: "s3cret-token" } }])
      assert.equal(await statusOf(withToken, wrong), "unauthorized");
  });

  it("or a certificate that proves something", async () => {
    assert.equal(await statusOf(withRoots, await showing(null)), "200");
    assert.equal(await statusOf(withRoots, await showing("certificate has expired")), "unauthorized");
    assert.equal(await statusOf(withRoots, await showing(null, now)), "unauthorized", "it ended after the handshake");
    assert.equal(await statusOf(withRoots, {}), "unauthorized");
    assert.equal(await statusOf({ ...withRoots, tokenFile: withToken.tokenFile }, bearer("s3cret-token")), "200");
  });

  it("never comes from a web page", async () => {
    assert.equal(await statusOf(open, {}), "200");
    assert.equal(await statusOf(open, { headers: { origin: "https://page.example" } }), "unauthorized");
    assert.equal(await statusOf(open, { headers: { "sec-fetch-site": "same-origin" } }), "unauthorized");
    const shown = { headers: { origin: "null", authorization: "Bearer s3cret-token" } };
    assert.equal(await statusOf(withToken, shown), "unauthorized");
  });

  it("never comes unseen by whatever keeps outsiders away, unless it proves itself", async () => {
    assert.equal(await statusOf(open, { sealed: true }), "unauthorized");
    assert.equal(await statusOf(withToken, { sealed: true, ...bearer("s3cret-token") }), "200");
  });

  it("is told from one that does not", async () => {
    for (const name of ["infer", "listModels", "repositoryIndex"])
      assert.equal(await statusOf(withToken, {}, name), "200");
    for (const name of ["unload", "registerModel", "scaleModel", "setDefault", "unregisterModel"])
      assert.equal(await statusOf(withToken, {}, name), "unauthorized");
  });
});
