// What a process asks of a key broker and how often, against a broker that follows a script; the real one is tested with it elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeAttester } from "@sealserve/conformance/fixtures/fake-tee";
import {
  type AttestArguments,
  KeyBrokerError,
  type KeyBrokerService,
  kbsReportData,
} from "@sealserve/protocols/key-broker";
import type { Identity } from "@sealserve/sealing";
import { createMeshKey, createTeeKey, type MeshKey } from "@sealserve/session";
import { FlattenedEncrypt, importJWK } from "jose";
import { brokerSession } from "./broker-session.ts";
import { connectKeyBroker } from "./connect-key-broker.ts";

const fileKey = new Uint8Array(16).fill(3);
const stanzas = [{ args: ["X25519", "x"], body: new Uint8Array(32) }];

/** Counts what is asked; `refusals` are thrown by the calls that need a token, one each. */
class ScriptedBroker implements KeyBrokerService {
  readonly calls: string[] = [];
  attested: AttestArguments | null = null;
  readonly #refusals: KeyBrokerError[];
  #tokens = 0;

  constructor(refusals: readonly KeyBrokerError[] = []) {
    this.#refusals = [...refusals];
  }

  async auth() {
    this.calls.push("auth");
    return { nonce: "bm9uY2U=", session: "s" };
  }

  async attest(args: AttestArguments) {
    this.calls.push("attest");
    this.attested = args;
    this.#tokens++;
    return { token: `token-${this.#tokens}` };
  }

  async unwrap({ token }: { readonly token: string | null }) {
    this.calls.push(`unwrap ${token}`);
    return this.#release();
  }

  async resource({ token, repository, type, tag }: Parameters<KeyBrokerService["resource"]>[0]) {
    this.calls.push(`resource ${token} ${repository}/${type}/${tag}`);
    return this.#release();
  }

  async certificate({ token, csr }: Parameters<KeyBrokerService["certificate"]>[0]) {
    this.calls.push(`certificate ${token}`);
    return { certificate: csr, roots: "" };
  }

  async #release() {
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    const key = this.attested?.runtimeData["tee-pubkey"];
    if (!key) throw new Error("nobody attested");
    const jwe = await new FlattenedEncrypt(fileKey)
      .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
      .encrypt(await importJWK({ ...key }, "ECDH-ES+A256KW"));
    const { protected: header = "", encrypted_key: encrypted = "", iv = "", ciphertext, tag = "" } = jwe;
    return { protected: header, encrypted_key: encrypted, iv, ciphertext, tag };
  }
}

async function sessionWith(broker: KeyBrokerService, meshKey?: MeshKey) {
  const scope = { tee: "tdx", tenant: "acme", model: "ocr" } as const;
  const parts = { broker, attester: fakeAttester, key: await createTeeKey() };
  return brokerSession(scope, meshKey ? { ...parts, meshKey } : parts);
}

test("attests once for all that is asked, also at the same time, and is an Identity", async () => {
  const broker = new ScriptedBroker();
  const session = await sessionWith(broker);
  const identity: Identity = session;
  const keys = await Promise.all([identity.unwrap(stanzas), identity.unwrap(stanzas)]);
  assert.deepEqual(
    keys.map((key) => [...(key ?? [])]),
    [[...fileKey], [...fileKey]],
  );
  assert.deepEqual(await session.resource("config"), fileKey);
  assert.deepEqual(broker.calls, [
    "auth",
    "attest",
    "unwrap token-1",
    "unwrap token-1",
    "resource token-1 acme/ocr/config",
  ]);
});

test("evidence is over the nonce, the key, and the key to be certified", async () => {
  const broker = new ScriptedBroker();
  const meshKey = await createMeshKey();
  await (await sessionWith(broker, meshKey)).certificate("backend");
  const { runtimeData, evidence } = broker.attested ?? assert.fail();
  assert.equal(runtimeData["csr-key"], Buffer.from(meshKey.spkiSha256).toString("base64url"));
  assert.ok(evidence.tee !== "snp");
  assert.deepEqual(Buffer.from(evidence.quote), Buffer.from(await kbsReportData(runtimeData)));
  await assert.rejects((await sessionWith(broker)).certificate("backend"), { code: "certificate-unavailable" });
});

test("a refused token is replaced once, not for ever", async () => {
  const refused = () => new KeyBrokerError("token-refused", { decision: null });
  const once = new ScriptedBroker([refused()]);
  assert.deepEqual(await (await sessionWith(once)).unwrap(stanzas), fileKey);
  assert.deepEqual(once.calls, ["auth", "attest", "unwrap token-1", "auth", "attest", "unwrap token-2"]);
  const always = new ScriptedBroker([refused(), refused(), refused()]);
  await assert.rejects((await sessionWith(always)).unwrap(stanzas), { code: "token-refused" });
  assert.equal(always.calls.filter((call) => call === "attest").length, 2);
});

test("an unknown key is not mine, every other refusal is told; a failed attestation is not kept", async () => {
  const decision = { decision: 7 };
  const unknown = await sessionWith(new ScriptedBroker([new KeyBrokerError("unknown-key", decision)]));
  assert.equal(await unknown.unwrap(stanzas), null);
  for (const code of ["policy-refused", "evidence-refused", "collateral-unavailable"] as const) {
    const session = await sessionWith(new ScriptedBroker([new KeyBrokerError(code, decision)]));
    await assert.rejects(session.unwrap(stanzas), { code });
  }
  const broker = new ScriptedBroker();
  let failures = 1;
  const attester = {
    evidence: (reportData: Parameters<typeof fakeAttester.evidence>[0]) =>
      failures-- > 0 ? Promise.reject(new Error("busy")) : fakeAttester.evidence(reportData),
  };
  const session = brokerSession(
    { tee: "tdx", tenant: "acme", model: "ocr" },
    { broker, attester, key: await createTeeKey() },
  );
  await assert.rejects(session.unwrap(stanzas), { message: "busy" });
  assert.deepEqual(await session.unwrap(stanzas), fileKey);
});

test("a broker that is away, or something else, is unavailable; an abort is an abort", async () => {
  const url = new URL("http://broker.test");
  const signal = new AbortController().signal;
  const args = { tee: "tdx", extraParams: "" } as const;
  const down = connectKeyBroker(url, { fetch: () => Promise.reject(new TypeError("fetch failed")) });
  await assert.rejects(down.auth(args, signal), { code: "unavailable" });
  const page = connectKeyBroker(url, { fetch: async () => new Response("<html>", { status: 502 }) });
  await assert.rejects(page.auth(args, signal), { code: "unavailable" });
  await assert.rejects(down.auth(args, AbortSignal.abort()), { name: "AbortError" });
});
