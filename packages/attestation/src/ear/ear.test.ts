// Attestation results as tokens: what is issued is read back, and nothing else is believed.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { decodeJwt, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import type { AttestationResult } from "../attestation-result.ts";
import type { TcbStatus } from "../tcb-status.ts";
import { EarError, type EarErrorCode } from "./ear-error.ts";
import { type IssueEarOptions, issueEar } from "./issue-ear.ts";
import { type VerifyEarOptions, verifyEar } from "./verify-ear.ts";

const { subtle } = globalThis.crypto;
const generate = {
  ES256: () => subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]),
  EdDSA: () => subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]) as Promise<CryptoKeyPair>,
};
const [pair, stranger, edwards] = await Promise.all([generate.ES256(), generate.ES256(), generate.EdDSA()]);
const now = new Date("2026-06-15T12:00:00Z");
const result: AttestationResult = {
  claims: {
    tee: "tdx",
    reportData: "07".repeat(64),
    debug: false,
    hardwareId: "a1".repeat(16),
    mrTd: "d1".repeat(48),
    rtmr: ["10".repeat(48), "11".repeat(48), "12".repeat(48), "13".repeat(48)],
    mrConfigId: "c1".repeat(48),
    mrOwner: "00".repeat(48),
    mrOwnerConfig: "00".repeat(48),
    mrSeam: "5e".repeat(48),
    teeTcbSvn: "06".repeat(16),
    tdAttributes: "0000001000000000",
    xfam: "e7".repeat(8),
    mrServiceTd: null,
  },
  tcbStatus: "UpToDate",
  advisories: [],
  root: { name: "Intel SGX Root CA", sha256: "44".repeat(32), simulated: false },
  policy: "production",
  reference: "image",
  tcbEvaluationDataNumber: 17,
  notAfter: new Date("2026-07-01T00:00:00Z"),
};
const runtimeData = { nonce: "n", "tee-pubkey": { kty: "EC" } };
const issuing: IssueEarOptions = {
  key: pair.privateKey,
  keyId: "k1",
  nonce: "bm9uY2U",
  issuer: "https://broker.example",
  lifetime: 300,
  now,
};
const verifying: VerifyEarOptions = {
  keys: [{ keyId: "k1", key: pair.publicKey }],
  issuer: "https://broker.example",
  now,
};
const after = (seconds: number): Date => new Date(now.getTime() + 1000 * seconds);

for (const [algorithm, keys] of [
  ["ES256", pair],
  ["EdDSA", edwards],
] as const) {
  test(`${algorithm}: what was issued is read back whole`, async () => {
    const token = await issueEar(result, { ...issuing, key: keys.privateKey, runtimeData });
    const ear = await verifyEar(token, {
      ...verifying,
      keys: [{ keyId: "k1", key: keys.publicKey }],
      nonce: "bm9uY2U",
    });
    assert.deepEqual(ear.result, result);
    assert.deepEqual(ear.runtimeData, runtimeData);
    assert.deepEqual([ear.status, ear.nonce], ["affirming", "bm9uY2U"]);
    assert.deepEqual([ear.issuedAt, ear.expires], [now, after(300)]);
  });
}

test("the token speaks the words of EAR and of Trustee", async () => {
  const payload = decodeJwt(await issueEar(result, { ...issuing, runtimeData }));
  assert.equal(payload["eat_profile"], "tag:github.com,2024:confidential-containers/Trustee");
  assert.equal(payload["eat_nonce"], "bm9uY2U");
  const { cpu0 } = payload["submods"] as { cpu0: Record<string, Record<string, Record<string, unknown>>> };
  assert.equal(cpu0["ear.status"], "affirming");
  assert.equal(cpu0["ear.appraisal-policy-id"], "production");
  assert.deepEqual(cpu0["ear.trustworthiness-vector"], {
    "instance-identity": 2,
    configuration: 2,
    executables: 3,
    hardware: 2,
  });
  const evidence = cpu0["ear.veraison.annotated-evidence"] ?? {};
  assert.partialDeepStrictEqual(evidence, {
    tdx: { quote: { body: { mr_td: "d1".repeat(48), rtmr_3: "13".repeat(48) } }, tcb_status: "UpToDate" },
    runtime_data_claims: runtimeData,
  });
});

test("a token ends with the collateral that it rests on", async () => {
  const notAfter = after(60);
  const token = await issueEar({ ...result, notAfter }, issuing);
  assert.deepEqual((await verifyEar(token, { ...verifying, now: after(59) })).expires, notAfter);
  await rejects(verifyEar(token, { ...verifying, now: after(60) }), "expired");
});

async function rejects(attempt: Promise<unknown>, code: EarErrorCode): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof EarError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

const payload: JWTPayload = decodeJwt(await issueEar(result, issuing));

suite("E1: tokens that are refused", () => {
  const cases: readonly (readonly [string, Partial<VerifyEarOptions>, Partial<IssueEarOptions>, EarErrorCode])[] = [
    ["expired to the second", { now: after(300) }, {}, "expired"],
    ["from the future", { now: after(-61) }, {}, "not-yet-valid"],
    ["another issuer", { issuer: "https://other.example" }, {}, "issuer-refused"],
    ["another audience", { audience: "b" }, { audience: "a" }, "audience-refused"],
    ["no audience where one is wanted", { audience: "b" }, {}, "audience-refused"],
    ["another nonce", { nonce: "b3RoZXI" }, {}, "nonce-mismatch"],
    ["another key id", {}, { keyId: "k2" }, "key-unknown"],
    ["no key is pinned", { keys: [] }, {}, "key-unknown"],
    ["a stranger under the key id", {}, { key: stranger.privateKey }, "signature-invalid"],
    ["another algorithm under the key id", {}, { key: edwards.privateKey }, "algorithm-refused"],
  ];
  for (const [name, verify, issue, code] of cases) {
    test(name, async () =>
      rejects(verifyEar(await issueEar(result, { ...issuing, ...issue }), { ...verifying, ...verify }), code),
    );
  }

  const forge = (header: JWTHeaderParameters, key: CryptoKey | Uint8Array, changed: JWTPayload = {}) =>
    new SignJWT({ ...payload, ...changed }).setProtectedHeader(header).sign(key);

  test("an embedded key is not looked at", async () => {
    const jwk = await subtle.exportKey("jwk", stranger.publicKey);
    await rejects(
      verifyEar(await forge({ alg: "ES256", kid: "k1", jwk }, stranger.privateKey), verifying),
      "signature-invalid",
    );
    await rejects(verifyEar(await forge({ alg: "ES256", jwk }, stranger.privateKey), verifying), "signature-invalid");
  });
  test("HS256 with the public key as secret", async () => {
    const secret = new Uint8Array(await subtle.exportKey("spki", pair.publicKey));
    await rejects(verifyEar(await forge({ alg: "HS256", kid: "k1" }, secret), verifying), "algorithm-refused");
  });
  test("no signature at all", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const alg of ["none", "None", "NONE", ""]) {
      const token = `${part({ alg, kid: "k1" })}.${part(payload)}.`;
      await rejects(verifyEar(token, verifying), "algorithm-refused");
    }
  });
  test("a token without key id fits a single pinned key, and no other number of them", async () => {
    const token = await forge({ alg: "ES256" }, pair.privateKey);
    assert.equal((await verifyEar(token, verifying)).status, "affirming");
    const two = [...verifying.keys, { keyId: "k2", key: stranger.publicKey }];
    await rejects(verifyEar(token, { ...verifying, keys: two }), "key-unknown");
  });
  for (const [name, changed] of [
    ["another profile", { eat_profile: "tag:example.com,2026:x" }],
    ["no nonce", { eat_nonce: undefined }],
    ["no submodule", { submods: {} }],
    ["a submodule from the prototype", { submods: { __proto__: { cpu0: {} } } }],
    ["no end", { exp: undefined }],
    ["an end that is no number", { exp: "tomorrow" as unknown as number }],
  ] as const) {
    test(`signed, but malformed: ${name}`, async () => {
      const token = await forge({ alg: "ES256", kid: "k1" }, pair.privateKey, changed as JWTPayload);
      await rejects(verifyEar(token, verifying), "malformed");
    });
  }
  test("what is no token", async () => {
    for (const text of ["", "a", "a.b.c", "..", "{}", "eyJ.eyJ.", "\u0000"])
      await rejects(verifyEar(text, verifying), "malformed");
  });
  test("every character of a token, changed, is noticed", async () => {
    const token = await issueEar(result, issuing);
    for (let at = 0; at < token.length; at += 3) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      await assert.rejects(verifyEar(changed, verifying), EarError, `character ${at}`);
    }
  });
});

suite("C16: what the token vouches for", () => {
  const simulated = { ...result, root: { name: "Mock", sha256: "77".repeat(32), simulated: true } };
  test("simulated hardware has status none, and is believed only where its root is named", async () => {
    const token = await issueEar(simulated, issuing);
    await rejects(verifyEar(token, verifying), "not-affirming");
    await rejects(verifyEar(token, { ...verifying, simulatedRoots: ["78".repeat(32)] }), "not-affirming");
    const ear = await verifyEar(token, { ...verifying, simulatedRoots: ["77".repeat(32)] });
    assert.deepEqual([ear.status, ear.result.root.simulated], ["none", true]);
  });
  test("weaknesses that the policy accepted are a warning", async () => {
    const tcbStatus: TcbStatus = "ConfigurationNeeded";
    const ear = await verifyEar(await issueEar({ ...result, tcbStatus }, issuing), verifying);
    assert.equal(ear.status, "warning");
  });
});

test("a key of another kind cannot sign results", async () => {
  const { privateKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign", "verify"]);
  await assert.rejects(async () => issueEar(result, { ...issuing, key: privateKey }), TypeError);
});

test("a token has one spelling: white space, padding and bits without a meaning are noticed", async () => {
  const token = await issueEar(result, { ...issuing, runtimeData });
  await verifyEar(token, verifying);
  const signature = token.lastIndexOf(".") + 1;
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet[alphabet.indexOf(token.at(-1) ?? "") ^ 1] ?? "";
  const spellings = [
    `${token.slice(0, signature)} ${token.slice(signature)}`,
    `${token}\n`,
    `${token}==`,
    ` ${token}`,
    token.slice(0, -1) + last,
  ];
  for (const spelling of spellings) await assert.rejects(verifyEar(spelling, verifying), { code: "malformed" });
});

test("any text as a token, a changed one, and one that says anything under a good signature", async () => {
  const token = await issueEar(result, { ...issuing, runtimeData });
  const refused = (error: unknown): true => {
    assert.ok(error instanceof EarError, String(error));
    return true;
  };
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) =>
      assert.rejects(verifyEar(text, verifying), refused),
    ),
  );
  const edit = fc.tuple(fc.nat(token.length - 1), fc.nat(3), fc.string({ maxLength: 2 }));
  await fc.assert(
    fc.asyncProperty(edit, async ([at, cut, put]) => {
      const changed = token.slice(0, at) + put + token.slice(at + cut);
      if (changed !== token) await assert.rejects(verifyEar(changed, verifying), refused);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(payload)), fc.jsonValue(), async (claim, value) => {
      const signed = await new SignJWT({ ...payload, [claim]: value } as JWTPayload)
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .sign(pair.privateKey);
      await verifyEar(signed, verifying).catch(refused);
    }),
  );
});
