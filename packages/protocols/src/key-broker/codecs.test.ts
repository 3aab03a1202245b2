// Every row reads what it writes, the hash of runtime data is the protocol's, and bad input is refused by name.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseBase64, parseBase64Url, toBase64, toBase64Url } from "../http/base64.ts";
import type { HttpReply } from "../http/message.ts";
import type { Route } from "../http/route.ts";
import { adminRoutes } from "./admin-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { kbsRoutes, readExtraParams, writeExtraParams } from "./kbs-routes.ts";
import { KeyBrokerError } from "./key-broker-error.ts";
import { problemReply, readProblem } from "./problem.ts";
import { releaseRoutes } from "./release-routes.ts";
import { kbsReportData } from "./runtime-data.ts";

const key = { kty: "EC", crv: "P-256", alg: "ECDH-ES+A256KW", x: "A".repeat(43), y: `${"B".repeat(42)}A` } as const;
const rsa = { kty: "RSA", alg: "RSA-OAEP-256", n: Buffer.alloc(256, 0xc3).toString("base64url"), e: "AQAB" } as const;
const quote = { tee: "tdx", quote: Uint8Array.of(1, 2, 3) } as const;
const report = { tee: "snp", report: new Uint8Array(1184), certificates: [Uint8Array.of(4)] } as const;
const jwe = { protected: "e30", encrypted_key: "AA", iv: "AAAA", ciphertext: "AAAA", tag: "AA" };
const row = { sequence: 1, entry: "{}", entryHash: "0".repeat(64), hash: "1".repeat(64) };
const pruned = { through: 2, hash: row.hash, before: "t", time: "t", signature: "s", key: "k" };
const session = "0123456789abcdef0123456789abcdef";
const token = "a.b.c";
const ownKey = { name: "mesh/2", id: "0a", signsFrom: "2030-01-01T00:00:00.000Z", trustedUntil: null };
const facts = { name: "k", generation: 2, recipient: "age1x", enabled: true, created: "2030-01-01T00:00:00.000Z" };

/** Any row, its arguments and its result. */
function walk<A, R>(route: Route<A, R>, args: A, result: R) {
  return { name: route.name, run: () => roundTrip(route, args, result) };
}

async function roundTrip<A, R>(route: Route<A, R>, args: A, result: R): Promise<void> {
  const request = route.writeRequest(args);
  const captured = route.path.match(request.path);
  assert.ok(captured, request.path);
  assert.deepEqual(plain(await route.readRequest(request, captured)), plain(args));
  const reply: HttpReply = await route.writeReply(result, args);
  assert.ok(!(Symbol.asyncIterator in reply.body));
  const answer = { status: reply.status, headers: reply.headers, body: Buffer.concat([...reply.body]) };
  assert.deepEqual(plain(await route.readReply(answer)), plain(result));
}

/** Buffers and arrays of bytes are the same here. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (_, inner) => (inner instanceof Uint8Array ? [...inner] : inner)));
}

const runtimeData = { nonce: "bm9uY2U=", "tee-pubkey": key, "csr-key": "A".repeat(43) };
const scope = { token, tenant: "acme", model: "ocr" };
const ofKey = { token, tenant: "acme", name: "k" };

describe("what a row writes it reads", () => {
  for (const { name, run } of [
    walk(kbsRoutes.auth, { tee: "tdx", extraParams: "" }, { nonce: "bm9uY2U=", session }),
    walk(kbsRoutes.attest, { session, runtimeData, evidence: quote, additionalEvidence: "{}" }, { token }),
    walk(
      kbsRoutes.attest,
      { session: null, runtimeData: { nonce: "", "tee-pubkey": rsa }, evidence: report },
      { token },
    ),
    walk(kbsRoutes.resource, { session, token, repository: "acme", type: "ocr", tag: "v1.key" }, jwe),
    walk(releaseRoutes.unwrap, { ...scope, stanzas: [{ args: ["X25519", "x"], body: Uint8Array.of(7) }] }, jwe),
    walk(releaseRoutes.certificate, { ...scope, role: "backend", csr: "PEM" }, { certificate: "PEM", roots: "PEM" }),
    walk(adminRoutes.listTenants, { token }, ["acme"]),
    walk(adminRoutes.createTenant, { token, tenant: "acme" }, undefined),
    walk(adminRoutes.listKeys, { token, tenant: "acme" }, [facts]),
    walk(adminRoutes.createKey, { ...ofKey, kind: "x25519" }, facts),
    walk(adminRoutes.importKey, { ...ofKey, identity: "AGE-SECRET-KEY-1" }, facts),
    walk(adminRoutes.rotateKey, { ...ofKey, kind: "post-quantum" }, facts),
    walk(adminRoutes.enableKey, { ...ofKey, generation: null, enabled: false }, undefined),
    walk(adminRoutes.listOwnKeys, { token }, [ownKey]),
    walk(adminRoutes.rotateOwnKey, { token, purpose: "mesh", overlap: null }, [ownKey]),
    walk(adminRoutes.listModels, { token, tenant: "acme" }, [
      { model: "ocr", policy: { a: 1 }, references: [], resources: ["t"] },
    ]),
    walk(adminRoutes.setPolicy, { ...scope, policy: { a: 1 } }, undefined),
    walk(adminRoutes.removePolicy, scope, undefined),
    walk(adminRoutes.setReference, { ...scope, reference: { b: 2 } }, undefined),
    walk(adminRoutes.removeReference, { ...scope, name: "r" }, undefined),
    walk(adminRoutes.setResource, { ...scope, tag: "t", content: Uint8Array.of(1) }, undefined),
    walk(adminRoutes.removeResource, { ...scope, tag: "t" }, undefined),
    walk(auditRoutes.readAudit, { token, from: 3, limit: 1000 }, [row, { ...row, entry: null }]),
    walk(auditRoutes.checkpoint, { token }, { sequence: 1, hash: row.hash, time: "t", signature: "s", key: "k" }),
    walk(auditRoutes.pruned, { token }, pruned),
    walk(auditRoutes.pruned, { token }, null),
    walk(auditRoutes.prune, { token, before: "2030-01-01T00:00:00Z" }, pruned),
    walk(auditRoutes.grounds, { token, sequence: 1 }, { row, evidence: "{}", collateral: null, policy: "{}" }),
  ]) {
    test(name, run);
  }

  test("extra-params", () => {
    assert.deepEqual(readExtraParams(writeExtraParams({ tenant: "acme", model: "ocr" })), {
      tenant: "acme",
      model: "ocr",
    });
    assert.equal(readExtraParams(""), null);
    for (const bad of ["{}", "null", '{"tenant":"../x","model":"m"}', '{"tenant":"a","model":"m","x":1}']) {
      assert.throws(() => readExtraParams(bad), { code: "malformed-request" });
    }
  });
});

describe("canonical JSON", () => {
  test("sorts by UTF-16 code units and writes numbers and texts as RFC 8785 shows", () => {
    const numbers = [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
    const value = {
      numbers,
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
      "\u20ac": 1,
      "\r": 2,
      "1": 3,
      "😀": 4,
      "\ufb33": 5,
    };
    assert.equal(
      canonicalJson(value),
      '{"\\r":2,"1":3,"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","€":1,"😀":4,"\ufb33":5}',
    );
  });

  test("is JSON, whatever the order of members was, and nothing else has a form", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        assert.equal(canonicalJson(JSON.parse(text)), text);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      }),
    );
    for (const bad of [Number.NaN, undefined, () => 1, [undefined], "\ud800", 1n])
      assert.throws(() => canonicalJson(bad), TypeError);
  });

  test("report data is SHA-384 over it, with zeros behind", async () => {
    const data = { nonce: "n", "tee-pubkey": key };
    const text = `{"nonce":"n","tee-pubkey":{"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC","x":"${key.x}","y":"${key.y}"}}`;
    const hash = createHash("sha384").update(text).digest("hex");
    assert.equal(Buffer.from(await kbsReportData(data)).toString("hex"), hash + "00".repeat(16));
    const more = createHash("sha384").update(text.replace("{", '{"additional-evidence":"x",')).digest("hex");
    assert.equal(Buffer.from(await kbsReportData(data, "x")).toString("hex"), more + "00".repeat(16));
  });
});

test("base64 has one way of writing, in both alphabets", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(parseBase64(toBase64(bytes)), bytes);
      assert.deepEqual(parseBase64Url(toBase64Url(bytes)), bytes);
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
    }),
  );
  for (const bad of ["A", "AA", "AA=", "AB==", "AA==AA==", "A A=", "AAB=", "_-==", "====", "AAAA\n"])
    assert.equal(parseBase64(bad), null, bad);
  for (const bad of ["A", "AA==", "AB", "+/AA"]) assert.equal(parseBase64Url(bad), null, bad);
});

describe("problems", () => {
  test("a client reads the error that the server threw", () => {
    for (const error of [
      new KeyBrokerError("policy-refused", { decision: 7 }),
      new KeyBrokerError("too-many-requests", { retryAfter: 3 }),
      new KeyBrokerError("role-missing", { role: "auditor" }),
      new KeyBrokerError("conflict", { problem: "there is one" }),
      new KeyBrokerError("session-refused", {}),
    ]) {
      for (const manner of ["strict", "exact"] as const) {
        const { status, headers, body } = problemReply(error as Parameters<typeof problemReply>[0], manner);
        assert.ok(Array.isArray(body));
        const read = readProblem({ status, headers, body: Buffer.concat(body) });
        assert.deepEqual([read.code, read.facts], [error.code, error.facts]);
      }
    }
  });

  test("another broker's problems, and pages that are none, have a code by type or status", () => {
    const codeOf = (status: number, body: string) => readProblem({ status, headers: {}, body: Buffer.from(body) }).code;
    const type = (name: string) =>
      JSON.stringify({ type: `https://github.com/confidential-containers/kbs/errors/${name}`, detail: "d" });
    assert.equal(codeOf(401, type("PolicyDeny")), "policy-refused");
    assert.equal(codeOf(401, type("RcarAttestFailed")), "evidence-refused");
    assert.equal(codeOf(401, type("SomethingNew")), "token-refused");
    assert.equal(codeOf(502, "<html>"), "unavailable");
    assert.equal(codeOf(404, "[]"), "not-found");
    assert.equal(codeOf(429, ""), "too-many-requests");
    assert.equal(codeOf(401, '{"code":"__proto__"}'), "token-refused");
  });
});

test("arbitrary bodies are refused as malformed, or read", () => {
  const rows = [kbsRoutes.auth, kbsRoutes.attest, releaseRoutes.unwrap, releaseRoutes.certificate];
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...rows), bodies, (route, body) => {
      const request = { method: "POST", path: "/", query: "", headers: {}, body };
      try {
        route.readRequest(request, {});
      } catch (error) {
        assert.equal(Object(error).code, "malformed-request");
      }
    }),
    { numRuns: 500 },
  );
});
