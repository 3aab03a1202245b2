// A key file from Trustee's KBS: what it is asked, byte by byte, and what becomes of each of its answers.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ReportData } from "@sealserve/attestation";
import { generateKeyPair, parseRecipient } from "@sealserve/sealing";
import { FlattenedEncrypt, importJWK } from "jose";
import { connectKeyBroker } from "../key-broker/connect-key-broker.ts";
import { enterTeeByResource } from "./enter-tee-by-resource.node.ts";
import { releasedIdentities } from "./identities-for.node.ts";
import type { TrustedProcess } from "./trusted-process.node.ts";

const nonce = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
const cookie = "kbs-session-id=0123456789abcdef0123456789abcdef";
const errors = "https://github.com/confidential-containers/kbs/errors/";

/** It answers as Trustee does, except at the paths that have an answer of their own. */
class FakeTrustee {
  readonly asked: string[] = [];
  readonly #content: string;
  readonly #answers: Readonly<Record<string, () => Response>>;
  #pubkey: Record<string, string> = {};

  constructor(content: string, answers: Readonly<Record<string, () => Response>> = {}) {
    this.#content = content;
    this.#answers = answers;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const headers = new Headers(init?.headers);
    const text = new TextDecoder().decode(init?.body as Uint8Array | undefined);
    this.asked.push(`${init?.method} ${pathname}`);
    const own = this.#answers[pathname];
    if (own) return own();
    if (pathname === "/kbs/v0/auth") {
      assert.deepEqual(JSON.parse(text), { version: "0.4.0", tee: "tdx", "extra-params": "" });
      return Response.json({ nonce, "extra-params": "" }, { headers: { "set-cookie": `${cookie}; Path=/` } });
    }
    if (pathname === "/kbs/v0/attest") {
      assert.equal(headers.get("cookie"), cookie);
      this.#judge(JSON.parse(text));
      return Response.json({ token: "an.ear.token" });
    }
    assert.equal(headers.get("authorization"), "Bearer an.ear.token");
    return Response.json(await this.#released());
  };

  /** The report data by hand: SHA-384 over the two members in the order of their names. */
  #judge(body: { "runtime-data": Record<string, unknown>; "tee-evidence": { primary_evidence: { quote: string } } }) {
    const { "tee-pubkey": key, ...rest } = body["runtime-data"];
    assert.deepEqual(rest, { nonce });
    const { alg, crv, kty, x, y } = key as Record<string, string>;
    this.#pubkey = key as Record<string, string>;
    const covered = `{"nonce":"${nonce}","tee-pubkey":{"alg":"${alg}","crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}}`;
    const expected = Buffer.concat([createHash("sha384").update(covered).digest(), Buffer.alloc(16)]);
    assert.deepEqual(Buffer.from(body["tee-evidence"].primary_evidence.quote, "base64"), expected);
  }

  async #released(): Promise<object> {
    return new FlattenedEncrypt(Buffer.from(this.#content))
      .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
      .encrypt(await importJWK({ ...this.#pubkey }, "ECDH-ES+A256KW"));
  }
}

const attester = { evidence: async (data: ReportData) => ({ tee: "tdx", quote: new Uint8Array(data) }) as const };

function enter(trustee: FakeTrustee): Promise<TrustedProcess> {
  const broker = connectKeyBroker(new URL("http://kbs.test"), { fetch: trustee.fetch });
  const parts = { broker, attester, pause: async () => {}, logger: { info() {}, warn() {} } };
  const options = { resource: "acme/models/age-key", attempts: 2 };
  return enterTeeByResource(options, parts, new AbortController().signal);
}

const problem = (status: number, name: string) => () =>
  Response.json(
    { type: errors + name, detail: "no" },
    { status, headers: { "content-type": "application/problem+json" } },
  );

const steps = ["POST /kbs/v0/auth", "POST /kbs/v0/attest", "GET /kbs/v0/resource/acme/models/age-key"];
const [auth, attest, resource] = ["/kbs/v0/auth", "/kbs/v0/attest", "/kbs/v0/resource/acme/models/age-key"] as const;

test("attests, is given the key file, and opens with it what is sealed to the key", async () => {
  const { identity, recipient } = await generateKeyPair();
  const trustee = new FakeTrustee(`# created: today\n${identity}\n`);
  const { start, identitiesFor } = await enter(trustee);
  assert.deepEqual(start.passed, ["unproven", "evidence", "verdict"]);
  assert.deepEqual(trustee.asked, steps);
  const fileKey = new Uint8Array(16).fill(9);
  const stanzas = await parseRecipient(recipient).wrap(fileKey);
  const [mine] = identitiesFor("any", new AbortController().signal);
  assert.deepEqual(await mine?.unwrap(stanzas), fileKey);
  const foreign = await parseRecipient((await generateKeyPair()).recipient).wrap(fileKey);
  assert.equal(await mine?.unwrap(foreign), null);
});

const refusals: readonly (readonly [string, string, () => Response, string])[] = [
  ["its policy denies", resource, problem(401, "PolicyDeny"), "policy-refused"],
  ["it refuses the evidence", attest, problem(401, "RcarAttestFailed"), "evidence-refused"],
  ["it refuses for a reason of its own", attest, problem(401, "AttestationError"), "evidence-refused"],
  ["it never takes its own token", resource, problem(401, "TokenVerifierError"), "evidence-refused"],
  ["it knows no such resource", resource, problem(404, "PluginNotFound"), "key-missing"],
  ["it answers something else", resource, () => Response.json({ key: "in the clear" }), "evidence-refused"],
  ["it is away for good", auth, () => new Response("<html>", { status: 502 }), "no-verdict"],
];
for (const [what, path, answer, code] of refusals) {
  test(`the process does not start where ${what}: ${code}`, async () => {
    const { identity } = await generateKeyPair();
    await assert.rejects(enter(new FakeTrustee(identity, { [path]: answer })), { name: "TrustStartError", code });
  });
}

test("a broker that is away is asked again, as often as was said", async () => {
  const { identity } = await generateKeyPair();
  const trustee = new FakeTrustee(identity, { [auth]: problem(503, "Unavailable") });
  await assert.rejects(enter(trustee), { code: "no-verdict" });
  assert.deepEqual(trustee.asked, ["POST /kbs/v0/auth", "POST /kbs/v0/auth"]);
});

test("what was released is wiped, also where it is no key file", async () => {
  const good = Buffer.from((await generateKeyPair()).identity);
  releasedIdentities(good);
  const bad = Buffer.from("something else");
  assert.throws(() => releasedIdentities(bad), { code: "identity-malformed" });
  assert.ok([...good, ...bad].every((byte) => byte === 0));
});

for (const content of ["", "# only a comment\n", "AGE-SECRET-KEY-1BROKEN", "\u0000\u00ff"]) {
  test(`a resource that is no key file ends the start, and is not quoted: ${JSON.stringify(content)}`, async () => {
    await assert.rejects(enter(new FakeTrustee(content)), (error: Error & { readonly code?: string }) => {
      assert.equal(error.code, "key-missing");
      assert.doesNotMatch(error.message, /BROKEN|comment/);
      return true;
    });
  });
}
