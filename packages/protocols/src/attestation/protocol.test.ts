// The attestation endpoint: its documents both ways, strictly, and its refusals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "@sealserve/conformance/fixtures/ask-protocol";
import { InferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import type { AttestationDocument } from "./documents.ts";
import { type AttestationOutcome, type AttestationParts, attestation } from "./protocol.ts";
import { attestationPath, attestationRoutes } from "./routes.ts";

const { attest } = attestationRoutes;
const plain = { noNullPrototype: true } as const;
const bytes = fc.uint8Array({ maxLength: 60 });
const evidence = fc.oneof(
  fc.record({ tee: fc.constantFrom("sgx", "tdx"), quote: bytes }, plain),
  fc.record({ tee: fc.constant("snp"), report: bytes, certificates: fc.array(bytes, { maxLength: 4 }) }, plain),
);
const text = fc.string();
const dcap = fc.record(
  {
    kind: fc.constant("dcap"),
    tcbInfo: text,
    tcbInfoSignature: text,
    tcbInfoIssuerChain: text,
    qeIdentity: text,
    qeIdentitySignature: text,
    qeIdentityIssuerChain: text,
    rootCaCrl: bytes,
    pckCrl: bytes,
    pckCrlIssuerChain: text,
    pckCertificateChain: text,
  },
  plain,
);
const snp = fc.record(
  { kind: fc.constant("snp"), certificates: fc.array(bytes, { maxLength: 4 }), crl: fc.option(bytes) },
  plain,
);
const documents = fc.record(
  { evidence, preimage: bytes, collateral: fc.oneof(fc.constant(null), dcap, snp) },
  plain,
) as fc.Arbitrary<AttestationDocument>;

const nonce = new Uint8Array(32).fill(1);
const document: AttestationDocument = {
  evidence: { tee: "tdx", quote: Uint8Array.of(1, 2) },
  preimage: Uint8Array.of(3),
  collateral: null,
};

function answering(outcome: AttestationOutcome | Error, asked: unknown[] = []) {
  const parts: AttestationParts = {
    async attest(...args) {
      asked.push(args);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
  return attestation(parts);
}

async function post(outcome: AttestationOutcome | Error, body: string | Uint8Array, asked?: unknown[]) {
  const answer = await ask(answering(outcome, asked), "POST", attestationPath, { body });
  return { ...answer, code: JSON.parse(textOf(answer.body)).error?.code };
}

test("documents are read as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (given) => {
      const { body } = await attest.writeReply(given, { nonce });
      const [chunk = new Uint8Array()] = body as readonly Uint8Array[];
      assert.deepEqual(await attest.readReply({ status: 200, headers: {}, body: chunk }), given);
    }),
  );
  assert.deepEqual(await attest.readRequest(attest.writeRequest({ nonce }), {}), { nonce });
});

test("the nonce goes in as it came, and nobody may keep the answer", async () => {
  const asked: unknown[] = [];
  const { status, headers } = await post({ kind: "attested", document }, attest.writeRequest({ nonce }).body, asked);
  assert.deepEqual([status, headers["cache-control"]], [200, "no-store"]);
  assert.deepEqual(asked, [[nonce, null]]);
});

test("a nonce of another length or form is refused before anything is attested (D2)", async () => {
  const base64Url = (length: number) => Buffer.alloc(length, 0xff).toString("base64url");
  const bodies = [
    "",
    "null",
    "[]",
    "{}",
    '{"nonce":null}',
    '{"nonce":7}',
    JSON.stringify({ nonce: base64Url(31) }),
    JSON.stringify({ nonce: base64Url(33) }),
    JSON.stringify({ nonce: `${base64Url(32)}=` }),
    JSON.stringify({ nonce: Buffer.alloc(32, 0xff).toString("base64") }),
    JSON.stringify({ nonce: `${base64Url(32).slice(0, -1)}9` }),
    JSON.stringify({ nonce: base64Url(32), extra: 1 }),
    JSON.stringify({ nonce: base64Url(32), purpose: "backend" }),
    JSON.stringify({ nonce: base64Url(32), purpose: null }),
    JSON.stringify({ nonce: Buffer.alloc(32).toString("hex") }),
  ];
  for (const body of bodies) {
    const asked: unknown[] = [];
    const { status, code } = await post({ kind: "attested", document }, body, asked);
    assert.deepEqual([status, code, asked.length], [400, "malformed", 0], body);
  }
});

test("who asks for evidence of the sealing key alone gets none that is bound to a connection", async () => {
  const asked: unknown[] = [];
  const [handler] = answering({ kind: "attested", document }, asked).handlers;
  const channel = { spkiSha256: () => nonce, exporter: () => nonce, clientCertificate: () => null };
  for (const args of [{ nonce }, { nonce, purpose: "sealed-http" } as const]) {
    assert.deepEqual(await attest.readRequest(attest.writeRequest(args), {}), args);
    await handler?.handle({ ...attest.writeRequest(args), channel }, {}, new AbortController().signal);
  }
  assert.deepEqual(asked, [
    [nonce, channel],
    [nonce, null],
  ]);
});

test("refusals say what to do, and nothing of what failed inside", async () => {
  const body = attest.writeRequest({ nonce }).body;
  assert.deepEqual(pick(await post({ kind: "unbound" }, body)), [403, "channel-unbound"]);
  assert.deepEqual(pick(await post({ kind: "busy" }, body)), [503, "busy"]);
  const protocol = answering({ kind: "busy" });
  const inside = protocol.refuse(new InferenceError("internal", {}, new Error("the secret of the attester")) as never);
  assert.equal(inside.status, 500);
  assert.doesNotMatch(JSON.stringify(inside.body.toString()), /secret/);
  assert.equal((await ask(protocol, "GET", attestationPath)).status, 405);
});

function pick({ status, code }: { readonly status: number; readonly code: string }): readonly [number, string] {
  return [status, code];
}

test("answers that are something else are malformed", () => {
  const right = { version: 1, evidence: { tee: "tdx", quote: "AQ" }, preimage: "AQ", collateral: null };
  const read = (value: unknown) => attest.readReply({ status: 200, headers: {}, body: utf8(JSON.stringify(value)) });
  assert.ok(read(right));
  for (const wrong of [
    null,
    { ...right, version: 2 },
    { ...right, evidence: { tee: "csv", quote: "AQ" } },
    { ...right, evidence: { tee: "tdx" } },
    { ...right, evidence: { tee: "snp", report: "AQ", certificates: Array.from({ length: 17 }, () => "AQ") } },
    { ...right, evidence: { tee: "snp", report: "AQ", certificates: [1] } },
    { ...right, preimage: "AQ==" },
    { ...right, collateral: { kind: "other" } },
    { ...right, collateral: undefined },
    { ...right, more: 1 },
  ]) {
    assert.throws(() => read(wrong), { code: "malformed" }, JSON.stringify(wrong));
  }
});
