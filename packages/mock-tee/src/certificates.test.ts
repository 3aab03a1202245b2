// Certificates and lists of simulated authorities, as an independent reader sees them; roots that outlive an authority.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { toReportData } from "@sealserve/attestation";
import { AmdKeys } from "./amd/amd-chain.ts";
import { createMockAmd } from "./amd/create-mock-amd.ts";
import { createMockHardware } from "./create-mock-hardware.ts";
import { toHex } from "./hex.ts";
import { createMockIntel } from "./intel/create-mock-intel.ts";

const now = new Date("2026-11-20T12:00:00Z");
const parts = { now: () => now };
const reportData = toReportData(new Uint8Array(64));
const keys = new AmdKeys();

test("each certificate is issued by the next, by name and by signature", () => {
  const { root, intermediate, leaf, tcbSigner } = createMockIntel({}, parts).chain;
  const { chain } = createMockAmd({ keys }, parts);
  for (const [issued, issuer] of [
    [leaf, intermediate],
    [intermediate, root],
    [tcbSigner, root],
    [root, root],
    [chain.of("vcek"), chain.of("ask")],
    [chain.of("vlek"), chain.of("asvk")],
    [chain.of("ask"), chain.of("ark")],
    [chain.of("asvk"), chain.of("ark")],
    [chain.of("ark"), chain.of("ark")],
  ] as const) {
    const [read, above] = [new X509Certificate(issued.pem), new X509Certificate(issuer.pem)];
    assert.ok(read.checkIssued(above), read.subject);
    assert.ok(read.verify(above.publicKey), read.subject);
    assert.match(read.subject, /^O=Simulated hardware$/m);
    assert.equal(read.serialNumber, issued.serial.toString(16).toUpperCase().padStart(read.serialNumber.length, "0"));
    assert.ok(read.validFromDate < now && now < read.validToDate);
  }
});

test("times after 2049 are written in the longer form", () => {
  const end = new Date("2050-01-01T00:00:00Z");
  const { chain } = createMockIntel({ certificates: { leaf: { notAfter: end } } }, parts);
  assert.deepEqual(new X509Certificate(chain.leaf.pem).validToDate, end);
});

suite("a root that was kept signs for later hardware", () => {
  for (const tee of ["sgx", "tdx", "snp"] as const) {
    test(tee, async () => {
      const first = createMockHardware({ measurements: { tee } }, parts);
      const kept = JSON.parse(JSON.stringify(first.authority.root));
      const second = createMockHardware({ measurements: { tee }, root: kept }, parts);
      assert.deepEqual(second.authority.anchor, first.authority.anchor);
      assert.equal((await second.attester.evidence(reportData)).tee, tee);
    });
  }
});

test("two authorities share nothing", () => {
  const [one, other] = [createMockIntel({}, parts), createMockIntel({}, parts)];
  assert.notEqual(one.anchor.sha256, other.anchor.sha256);
  assert.notEqual(one.platform.platformInstanceId, other.platform.platformInstanceId);
  assert.equal(
    one.anchor.sha256,
    new X509Certificate(one.root.certificate).fingerprint256.replaceAll(":", "").toLowerCase(),
  );
});

test("randomness is a part", () => {
  const randomness = (length: number): Uint8Array => new Uint8Array(length).fill(0x42);
  const { platform } = createMockIntel({}, { ...parts, randomness });
  assert.deepEqual([platform.ppid, platform.platformInstanceId], ["42".repeat(16), "42".repeat(16)]);
  const { chipId } = createMockAmd({ product: "Turin", keys }, { ...parts, randomness });
  assert.equal(toHex(chipId), "42".repeat(8) + "00".repeat(56));
});

test("fields of another width are refused, not cut or filled", () => {
  const mock = createMockIntel({}, parts);
  assert.throws(() => mock.quote({ tee: "sgx", mrEnclave: "00" }, reportData), RangeError);
  assert.throws(() => mock.quote({ tee: "tdx", mrTd: `${"00".repeat(47)}0` }, reportData), RangeError);
  assert.throws(() => createMockAmd({ keys }, parts).report({ tee: "snp", hostData: "zz" }, reportData), RangeError);
  assert.throws(() => mock.quote({ tee: "sgx" }, new Uint8Array(63)), RangeError);
});

test("a source of simulated hardware knows its own hardware only", async () => {
  const { signal } = new AbortController();
  const mock = createMockIntel({}, parts);
  const request = { kind: "dcap", tee: "sgx", fmspc: mock.platform.fmspc, ca: "platform" } as const;
  assert.equal((await mock.source.fetch(request, signal)).kind, "dcap");
  for (const other of [{ fmspc: "000000000000" }, { ca: "processor" as const }]) {
    await assert.rejects(mock.source.fetch({ ...request, ...other }, signal), { code: "not-found" });
  }
});
