// SEV-SNP reports of simulated hardware: what is right is accepted, and each single fault is refused by its code.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type AmdCertificateOverrides,
  AmdKeys,
  createMockAmd,
  type MockAmdOptions,
  type SnpProduct,
} from "@sealserve/mock-tee";
import type { Bytes } from "@sealserve/primitives";
import type { SnpCollateral } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { EvidenceError } from "../evidence-error.ts";
import { acceptedFlips } from "../intel/testing/flip-bytes.ts";
import { parseReport, type SnpReport } from "./snp-report.ts";
import { type ReportVerification, type VerifiedReport, verifyReport } from "./verify-report.ts";

const now = new Date("2026-06-15T12:00:00Z");
const day = 24 * 60 * 60 * 1000;
const later = (days: number): Date => new Date(now.getTime() + days * day);
const keys = new AmdKeys();
const reportData = Uint8Array.from({ length: 64 }, (_, index) => index);
const measurements = { tee: "snp", measurement: "3e".repeat(48), guestSvn: 2 } as const;

const hardware = (options: MockAmdOptions = {}) => createMockAmd({ keys, ...options }, { now: () => now });
const amd = hardware();
const report = amd.report(measurements, reportData);

interface Trial {
  readonly report?: Bytes | SnpReport;
  readonly collateral?: SnpCollateral;
  readonly verification?: Partial<ReportVerification>;
  readonly from?: typeof amd;
}

async function judge({ report: given = report, collateral, verification, from = amd }: Trial): Promise<VerifiedReport> {
  const parsed = given instanceof Uint8Array ? parseReport(given) : (given as SnpReport);
  const options = { anchors: [from.anchor], now, certificates: [], ...verification };
  return verifyReport(parsed, collateral ?? from.collateral(), options);
}

async function refused(trial: Trial, kind: "evidence" | "collateral", code: string): Promise<void> {
  await assert.rejects(judge(trial), (error) => {
    assert.ok(error instanceof (kind === "evidence" ? EvidenceError : CollateralError), String(error));
    assert.equal(error.code, code);
    return true;
  });
}

suite("every product, version and kind of key", () => {
  for (const product of ["Milan", "Genoa", "Turin"] satisfies SnpProduct[]) {
    for (const signedBy of ["vcek", "vlek"] as const) {
      for (const version of [2, 3, 5]) {
        test(`${product}, ${signedBy}, version ${version}`, async () => {
          const from = hardware({ product, signedBy });
          const { claims, root } = await judge({ from, report: from.report(measurements, reportData, { version }) });
          assert.equal(claims.product, product);
          assert.deepEqual(claims.reportedTcb, from.tcb);
          assert.equal(claims.hardwareId === null, signedBy === "vlek");
          assert.deepEqual([claims.measurement, claims.guestSvn], [measurements.measurement, 2]);
          assert.deepEqual([root.simulated, claims.debug], [true, false]);
        });
      }
    }
  }
});

suite("C14 and others: the report itself", () => {
  const signedWith = (edit: (bytes: Bytes) => void) => amd.report(measurements, reportData, { editSigned: edit });
  const set = (at: number, value: number) => signedWith((bytes) => bytes.fill(value, at, at + 1));
  const cases: readonly (readonly [string, Bytes, string])[] = [
    ["empty", new Uint8Array(), "truncated"],
    ["one byte short", report.subarray(0, -1), "truncated"],
    ["one byte long", Uint8Array.of(...report, 0), "trailing-bytes"],
    ["version 1", amd.report(measurements, reportData, { version: 1 }), "unsupported"],
    ["version 4", amd.report(measurements, reportData, { version: 4 }), "unsupported"],
    ["version 6", amd.report(measurements, reportData, { version: 6 }), "unsupported"],
    ["signature algorithm 0", amd.report(measurements, reportData, { signatureAlgorithm: 0 }), "unsupported"],
    ["signature algorithm 2", amd.report(measurements, reportData, { signatureAlgorithm: 2 }), "unsupported"],
    ["policy without bit 17", amd.report({ ...measurements, policy: 0x10000n }, reportData), "malformed"],
    ["policy with bit 25", amd.report({ ...measurements, policy: 0x2030000n }, reportData), "reserved-bits"],
    ["signed by key 2", set(0x48, 2 << 2), "unsupported"],
    ["signed by no key", set(0x48, 7 << 2), "unsupported"],
    ["a reserved flag", set(0x48, 1 << 5), "reserved-bits"],
    ["reserved at 0x4c", set(0x4c, 1), "reserved-bits"],
    ["CPUID in version 2", set(0x188, 0x19), "reserved-bits"],
    ["reserved at 0x19f", set(0x19f, 1), "reserved-bits"],
    ["reserved at 0x1eb", set(0x1eb, 1), "reserved-bits"],
    ["reserved at 0x1ef", set(0x1ef, 1), "reserved-bits"],
    ["mitigations in version 2", set(0x1f8, 1), "reserved-bits"],
    ["reserved at 0x29f", set(0x29f, 1), "reserved-bits"],
    ["a reserved byte of the patch levels", set(0x182, 1), "reserved-bits"],
    ["other patch levels", set(0x187, 1), "certificate-mismatch"],
    ["another chip", set(0x1a0, 0x55), "certificate-mismatch"],
    ["a masked chip", amd.report(measurements, reportData, { maskChipId: true }), "certificate-mismatch"],
    ["signed by another key", hardware({ keys: new AmdKeys() }).report(measurements, reportData), "report-signature"],
  ];
  for (const [name, bytes, code] of cases) test(`${name}: ${code}`, () => refused({ report: bytes }, "evidence", code));

  test("r and s big-endian: report-signature", () => {
    const editSignature = (bytes: Bytes): void => {
      for (const at of [0x2a0, 0x2a0 + 72]) bytes.set(Uint8Array.from(bytes.subarray(at, at + 48)).reverse(), at);
    };
    return refused({ report: amd.report(measurements, reportData, { editSignature }) }, "evidence", "report-signature");
  });
  for (const at of [0x2a0 + 48, 0x2a0 + 71, 0x2a0 + 72 + 48, 0x330, 0x49f]) {
    test(`reserved in the signature at 0x${at.toString(16)}: reserved-bits`, () => {
      const editSignature = (bytes: Bytes): void => void bytes.fill(1, at, at + 1);
      return refused({ report: amd.report(measurements, reportData, { editSignature }) }, "evidence", "reserved-bits");
    });
  }
  for (const signature of [new Uint8Array(96), new Uint8Array(96).fill(0xff)]) {
    test(`r and s all ${signature[0]}: report-signature`, () =>
      refused({ report: { ...parseReport(report), signature } }, "evidence", "report-signature"));
  }
  test("from version 3 on the processor must be the certificate's", async () => {
    const genoa = hardware({ product: "Genoa" });
    const other = genoa.report(measurements, reportData, { editSigned: (bytes) => bytes.fill(0x01, 0x189, 0x18a) });
    await refused({ from: genoa, report: other }, "evidence", "certificate-mismatch");
    const unknown = genoa.report(measurements, reportData, { editSigned: (bytes) => bytes.fill(0x17, 0x188, 0x189) });
    await refused({ from: genoa, report: unknown }, "evidence", "unsupported");
  });
});

suite("certificates: a fault is the evidence's or the collateral's, by who brought them", () => {
  const cases: readonly (readonly [string, AmdCertificateOverrides, string])[] = [
    ["an expired VCEK", { vcek: { notAfter: later(-1) } }, "expired"],
    ["a VCEK of tomorrow", { vcek: { notBefore: later(1) } }, "not-yet-valid"],
    ["an expired ASK", { ask: { notAfter: later(-1) } }, "expired"],
    ["an expired ARK", { ark: { notAfter: later(-1) } }, "expired"],
    ["an ASK that is no CA", { ask: { ca: false, pathLength: null } }, "not-a-ca"],
    ["an ASK that may not sign certificates", { ask: { keyUsage: ["cRLSign"] } }, "key-usage"],
    ["an ARK without room below it", { ark: { pathLength: 0 } }, "path-length"],
    ["a VCEK that is a CA", { vcek: { ca: true } }, "ca-as-leaf"],
    ["a VCEK signed by the ARK's key", { vcek: { issuerKey: keys.of("ark") } }, "certificate-signature"],
    ["an ASK that names another key", { ask: { issuerKey: keys.of("ask") } }, "certificate-name"],
    ["a VCEK without what it says of the chip", { vcek: { extensions: [] } }, "not-found"],
  ];
  for (const [name, certificates, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const from = hardware({ certificates });
      const bytes = from.report(measurements, reportData);
      await refused({ from, report: bytes }, "collateral", code);
      const collateral = from.collateral();
      const own = { certificates: collateral.certificates };
      if (code !== "not-found") {
        await refused(
          { from, report: bytes, collateral: { ...collateral, certificates: [] }, verification: own },
          "evidence",
          code,
        );
      }
    });
  }

  test("another product's certificates: root-untrusted, not-found", async () => {
    const genoa = hardware({ product: "Genoa" });
    const mixed = hardware({ certificates: { vcek: { extensions: [] } } });
    await refused({ from: genoa, verification: { anchors: [amd.anchor] } }, "collateral", "root-untrusted");
    await refused({ collateral: mixed.collateral() }, "collateral", "not-found");
  });
  test("a VLEK's report with a VCEK's chain, and the reverse: certificate-name", async () => {
    const leased = hardware({ signedBy: "vlek" });
    await refused({ from: leased, report }, "collateral", "certificate-name");
    await refused({ report: leased.report(measurements, reportData) }, "collateral", "certificate-name");
  });
  test("no root is trusted but the anchors': root-untrusted", async () => {
    await refused({ verification: { anchors: [] } }, "collateral", "root-untrusted");
    const asIntel = [{ ...amd.anchor, vendor: "intel" as const }];
    await refused({ verification: { anchors: asIntel } }, "collateral", "root-untrusted");
    const same = hardware({ keys: new AmdKeys() });
    await refused({ from: same, verification: { anchors: [amd.anchor] } }, "collateral", "root-untrusted");
  });
  test("a link is missing: not-found", async () => {
    for (const certificates of [[], ["vcek"], ["vcek", "ask"], ["vcek", "ark"], ["ask", "ark"]] as const) {
      await refused({ collateral: amd.collateral({ certificates }) }, "collateral", "not-found");
    }
  });
  test("in any order, with strangers among them, from both sides", async () => {
    const stranger = hardware({ product: "Turin" }).collateral({ certificates: ["ask", "ark"] }).certificates;
    const { certificates, crl } = amd.collateral();
    await judge({ collateral: { kind: "snp", certificates: [...stranger, ...certificates.toReversed()], crl } });
    const [leaf, ...rest] = certificates;
    assert.ok(leaf);
    await judge({ collateral: { kind: "snp", certificates: rest, crl }, verification: { certificates: [leaf] } });
  });
  test("more certificates than any chain has: chain-malformed", () => {
    const certificates = Array.from({ length: 17 }, () => amd.collateral().certificates).flat();
    return refused({ collateral: { ...amd.collateral(), certificates } }, "collateral", "chain-malformed");
  });
});

suite("AMD's revocation list", () => {
  const changedAtEnd = Uint8Array.from(amd.collateral().crl ?? []);
  changedAtEnd.fill((changedAtEnd.at(-1) ?? 0) ^ 1, -1);
  const list = (crl: Parameters<typeof amd.collateral>[0]) => ({ collateral: amd.collateral(crl) });
  const cases: readonly (readonly [string, Trial, string])[] = [
    ["none", list({ crl: null }), "not-found"],
    ["the ASK is on it", list({ revoked: ["ask"] }), "certificate-revoked"],
    ["the ARK is on it", list({ revoked: ["ark"] }), "certificate-revoked"],
    ["expired", list({ crl: { nextUpdate: later(-0.5) } }), "expired"],
    ["of tomorrow", list({ crl: { thisUpdate: later(1) } }), "not-yet-valid"],
    ["by the ASK's key", list({ crl: { issuerKey: keys.of("ask") } }), "crl-issuer"],
    ["its signature changed", { collateral: { ...amd.collateral(), crl: changedAtEnd } }, "collateral-signature"],
    ["issued by the ASK", list({ crl: { issuer: amd.chain.of("ask").subject } }), "crl-issuer"],
    ["garbage", { collateral: { ...amd.collateral(), crl: new Uint8Array(100) } }, "malformed"],
    ["empty", { collateral: { ...amd.collateral(), crl: new Uint8Array() } }, "malformed"],
  ];
  for (const [name, trial, code] of cases) test(`${name}: ${code}`, () => refused(trial, "collateral", code));

  test("another ASK on it changes nothing; its end is the result's end", async () => {
    const verified = await judge(list({ crl: { revoked: [12345n] } }));
    assert.deepEqual(verified.notAfter, later(29));
  });
  test("its absence can be asked for, by name", async () => {
    const trial = { ...list({ crl: null }), verification: { withoutRevocationList: true } as const };
    assert.ok((await judge(trial)).notAfter > later(365));
  });
});

for (const [product, version] of [
  ["Genoa", 3],
  ["Turin", 5],
] as const) {
  test(`no byte of a report v${version} of ${product}, nor of its certificates, can be changed (A5)`, async () => {
    const from = hardware({ product });
    const { certificates, crl } = from.collateral();
    const options = { anchors: [from.anchor], now, certificates: [] };
    const bytes = from.report(measurements, reportData, { version });
    const verify = (changed: Uint8Array, chain: readonly Uint8Array[]) =>
      verifyReport(
        parseReport(Uint8Array.from(changed)),
        { kind: "snp", certificates: chain.map((der) => Uint8Array.from(der)), crl },
        options,
      );
    await verify(bytes, certificates);
    assert.deepEqual(await acceptedFlips(bytes, (changed) => verify(changed, certificates)), []);
    for (const [index, der] of certificates.entries()) {
      const accepted = await acceptedFlips(der, (changed) =>
        verify(bytes, certificates.toSpliced(index, 1, Uint8Array.from(changed))),
      );
      assert.deepEqual(accepted, [], `certificate ${index}`);
    }
  });
}
