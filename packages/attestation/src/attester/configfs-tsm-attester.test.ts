// The attester over folder trees that behave as the kernel's: undisturbed, disturbed, busy, and broken.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { toReportData } from "../report-data.ts";
import { AttesterError, type AttesterErrorCode } from "./attester-error.ts";
import { parseCertificateTable } from "./certificate-table.ts";
import { configfsTsmAttester } from "./configfs-tsm-attester.ts";
import { type KernelBehaviour, kernelFolder } from "./testing/kernel-folder.ts";
import { certificateTable, snpReport, tdxQuote } from "./testing/made-output.ts";

const reportData = toReportData(new Uint8Array(64).fill(7));

async function attest(behaviour: KernelBehaviour, attempts = 4) {
  await using files = await kernelFolder(behaviour);
  const pauses: number[] = [];
  const parts = {
    files,
    randomness: (length: number) => randomBytes(length),
    pause: async (n: number) => void pauses.push(n),
  };
  const attester = configfsTsmAttester({ base: files.base, attempts }, parts);
  const evidence = await attester.evidence(reportData).catch((error: unknown) => error);
  return { evidence, pauses, writes: files.writes(), left: await files.reports() };
}

test("a TDX quote, and the folder is gone", async () => {
  const { evidence, left, pauses } = await attest({ provider: "tdx_guest", output: tdxQuote });
  assert.deepEqual(evidence, { tee: "tdx", quote: tdxQuote(reportData) });
  assert.deepEqual([left, pauses], [[], []]);
});

test("a SEV-SNP report with the certificates of the host's table", async () => {
  const table = certificateTable([
    { guid: "63da758d-e664-4564-adc5-f4b93be8accd", bytes: Uint8Array.of(1, 2) },
    { guid: "92f81bc3-5811-4d3d-97ff-d19f88dc67ea", bytes: Uint8Array.of(9) },
    { guid: "c0b406a4-a803-4952-9743-3fb6014cd0ae", bytes: Uint8Array.of(3) },
  ]);
  const { evidence } = await attest({ provider: "sev_guest", output: snpReport, table });
  const certificates = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  assert.deepEqual(evidence, { tee: "snp", report: snpReport(reportData), certificates });
});

test("what others write in between is noticed and tried again", async () => {
  const { evidence, writes, pauses, left } = await attest({ provider: "tdx_guest", output: tdxQuote, disturbances: 2 });
  assert.deepEqual(evidence, { tee: "tdx", quote: tdxQuote(reportData) });
  assert.deepEqual([writes, pauses, left], [3, [1, 2], []]);
});

test("a busy kernel is asked again, when writing and when reading (D15)", async () => {
  const { evidence, pauses } = await attest({ provider: "tdx_guest", output: tdxQuote, busyWrites: 1, busyReads: 2 });
  assert.deepEqual(evidence, { tee: "tdx", quote: tdxQuote(reportData) });
  assert.deepEqual(pauses, [1, 2, 3]);
});

const failures: readonly (readonly [string, KernelBehaviour, AttesterErrorCode])[] = [
  ["disturbed for ever", { provider: "tdx_guest", output: tdxQuote, disturbances: 1e9 }, "report-disturbed"],
  ["busy for ever", { provider: "sev_guest", output: snpReport, busyReads: 1e9 }, "busy"],
  ["no provider", { provider: null, output: tdxQuote }, "file-failed"],
  ["an unknown provider", { provider: "cca_guest", output: tdxQuote }, "provider-unknown"],
  [
    "a quote that is cut short",
    { provider: "tdx_guest", output: (d) => tdxQuote(d).subarray(0, 700) },
    "output-malformed",
  ],
  ["an empty quote", { provider: "tdx_guest", output: () => new Uint8Array() }, "output-malformed"],
  [
    "a report that is cut short",
    { provider: "sev_guest", output: (d) => snpReport(d).subarray(1) },
    "output-malformed",
  ],
  ["other report data", { provider: "tdx_guest", output: () => tdxQuote(new Uint8Array(64)) }, "report-data-mismatch"],
  [
    "a table without end",
    { provider: "sev_guest", output: snpReport, table: new Uint8Array(30).fill(1) },
    "output-malformed",
  ],
  ["too much output", { provider: "tdx_guest", output: () => new Uint8Array(70_000) }, "file-failed"],
];

for (const [name, behaviour, code] of failures) {
  test(`${name}: ${code}, in bounded time, and the folder is gone`, async () => {
    const { evidence, left, pauses } = await attest({ ...behaviour });
    assert.ok(evidence instanceof AttesterError);
    assert.equal(evidence.code, code);
    assert.deepEqual(left, []);
    assert.ok(pauses.length <= 3);
  });
}

test("callers at the same time do not disturb each other", async () => {
  await using files = await kernelFolder({ provider: "tdx_guest", output: tdxQuote });
  const parts = { files, randomness: (length: number) => randomBytes(length), pause: async () => {} };
  const attester = configfsTsmAttester({ base: files.base }, parts);
  const all = Array.from({ length: 20 }, (_, n) => toReportData(new Uint8Array(64).fill(n)));
  const evidence = await Promise.all(all.map((data) => attester.evidence(data)));
  assert.deepEqual(
    evidence,
    all.map((data) => ({ tee: "tdx", quote: tdxQuote(data) })),
  );
  assert.equal(files.writes(), 20);
  assert.deepEqual(await files.reports(), []);
});

test("whatever the host puts into its table, the answer is certificates or an error of ours", () => {
  const table = certificateTable([{ guid: "63da758d-e664-4564-adc5-f4b93be8accd", bytes: new Uint8Array(40) }]);
  const edits = fc.array(fc.tuple(fc.nat(table.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(edits, fc.nat(table.length), (changes, length) => {
      const changed = Uint8Array.from(table);
      for (const [at, value] of changes) changed[at] = value;
      try {
        for (const { length: size } of parseCertificateTable(changed.subarray(0, length)))
          assert.ok(size <= table.length);
      } catch (error) {
        assert.ok(error instanceof AttesterError, String(error));
      }
    }),
  );
});
