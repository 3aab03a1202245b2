// A key broker in a TEE gives evidence of itself on its TLS listeners, bound to the connection; one outside gives none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttestationResult, acceptNobody, EvidenceError, type ReportData } from "@sealserve/attestation";
import { openAttested } from "@sealserve/client/node";
import type { Purpose, Trust } from "@sealserve/session";
import { startFixture } from "./testing/broker-fixture.ts";

const attester = { evidence: async (data: ReportData) => ({ tee: "tdx", quote: new Uint8Array(data) }) as const };

/** Anybody can make its evidence: what is tested is whom it names, and what it is bound to. */
function trust(purpose: Purpose): Trust {
  return {
    verifierFor: () => ({
      async verify(evidence, expected) {
        const quote = evidence.tee === "snp" ? evidence.report : evidence.quote;
        if (Buffer.compare(quote, expected) !== 0) throw new EvidenceError("report-data-mismatch", {});
        const root = { name: "fake", sha256: "00".repeat(32), simulated: true };
        return { tcbStatus: "UpToDate", root, notAfter: new Date(Date.now() + 60_000) } as AttestationResult;
      },
    }),
    policy: acceptNobody,
    now: () => new Date(),
    purpose,
  };
}

const tls = { host: "127.0.0.1", port: 0, tls: "self-signed", insecurePlaintext: false } as const;

test("evidence of purpose key-broker, bound to the connection, from a broker in a TEE", async () => {
  await using fixture = await startFixture({ config: { listen: tls }, parts: { attester } });
  const url = fixture.broker.urls.broker ?? "";
  assert.match(url, /^https:/);
  await using attested = await openAttested(url, trust("key-broker"));
  assert.equal(attested.peer.fields.purpose, "key-broker");
  assert.equal(attested.peer.fields.configDigest.length, 32);
  const reply = await attested.fetch(`${url}/kbs/v0/resource/a/b/c`);
  assert.equal(reply.status, 401);
  await assert.rejects(openAttested(url, trust("client-facing")), { code: "purpose-mismatch" });
});

test("no evidence outside a TEE", async () => {
  await using fixture = await startFixture({ config: { listen: tls } });
  await assert.rejects(openAttested(fixture.broker.urls.broker ?? "", trust("key-broker")));
});
