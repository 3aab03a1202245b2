// The attested side: what evidence is bound to, and when there is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evidence, ReportData } from "@sealserve/attestation";
import { attestationResponder, type ResponderOptions } from "./attestation-responder.ts";
import type { Channel } from "./channel.ts";
import { exporterLabel, parsePreimage, reportDataOf } from "./report-data-preimage.ts";

const nonce = new Uint8Array(32).fill(1);
const options: ResponderOptions = {
  purpose: "backend",
  instanceId: new Uint8Array(16),
  configDigest: new Uint8Array(32),
  hpkeKey: null,
};
const asked: unknown[] = [];
const channel: Channel = {
  spkiSha256: () => new Uint8Array(32).fill(2),
  exporter(...args) {
    asked.push(args);
    return new Uint8Array(32).fill(3);
  },
};
const quoting = async (reportData: ReportData): Promise<Evidence> => ({ tee: "tdx", quote: reportData });
const parts = { attester: { evidence: quoting }, modelSetDigest: () => new Uint8Array(32).fill(4) };

test("evidence is over the published preimage, which names role, nonce and connection", async () => {
  const outcome = await attestationResponder(options, parts).attest(nonce, channel);
  assert.ok(outcome.kind === "attested" && outcome.document.evidence.tee !== "snp");
  const { evidence, preimage, collateral } = outcome.document;
  assert.deepEqual([evidence.quote, collateral], [await reportDataOf(preimage), null]);
  assert.deepEqual(asked, [[exporterLabel, nonce, 32]]);
  const fields = parsePreimage(preimage);
  assert.deepEqual([fields.purpose, fields.nonce, fields.channel?.exporter[0]], ["backend", nonce, 3]);
});

test("without a connection only the HPKE key can be bound, under a purpose of its own", async () => {
  assert.deepEqual(await attestationResponder(options, parts).attest(nonce, null), { kind: "unbound" });
  const hpkeKey = new Uint8Array(32).fill(5);
  const outcome = await attestationResponder({ ...options, hpkeKey }, parts).attest(nonce, null);
  assert.ok(outcome.kind === "attested");
  const fields = parsePreimage(outcome.document.preimage);
  assert.deepEqual([fields.purpose, fields.channel, fields.hpkeKey], ["sealed-http", null, hpkeKey]);
});

test("only so much evidence is made at once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = {
    ...parts,
    attester: { evidence: (reportData: ReportData) => promise.then(() => quoting(reportData)) },
  };
  const responder = attestationResponder({ ...options, maxConcurrent: 2 }, slow);
  const first = [responder.attest(nonce, channel), responder.attest(nonce, channel)];
  assert.deepEqual(await responder.attest(nonce, channel), { kind: "busy" });
  resolve();
  for (const outcome of await Promise.all(first)) assert.equal(outcome.kind, "attested");
  assert.equal((await responder.attest(nonce, channel)).kind, "attested");
});

test("a nonce of another length is refused, and a failed attester leaves room for the next", async () => {
  const failing = { ...parts, attester: { evidence: () => Promise.reject(new Error("no TEE")) } };
  const responder = attestationResponder({ ...options, maxConcurrent: 1 }, failing);
  for (const length of [0, 31, 33]) {
    await assert.rejects(responder.attest(new Uint8Array(length), channel), { code: "nonce-malformed" });
  }
  for (let i = 0; i < 3; i++) await assert.rejects(responder.attest(nonce, channel), { message: "no TEE" });
});
