// The attester over a folder that behaves as Gramine's /dev/attestation, and the search for an attester.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Bytes } from "@sealserve/primitives";
import { toReportData } from "../report-data.ts";
import { detectAttester } from "./detect-attester.ts";
import { gramineAttester } from "./gramine-attester.ts";
import { type KernelFiles, nodeKernelFiles } from "./kernel-files.ts";
import { sgxQuote } from "./testing/made-output.ts";

const reportData = toReportData(new Uint8Array(64).fill(7));

interface Gramine extends AsyncDisposable {
  readonly base: string;
  readonly files: KernelFiles;
}

/** Reading `quote` makes one for what `user_report_data` holds at that time. */
async function gramine(type: string, quote: (reportData: Bytes) => Bytes): Promise<Gramine> {
  const base = await mkdtemp(join(tmpdir(), "gramine-"));
  await writeFile(join(base, "attestation_type"), type);
  const read: KernelFiles["read"] = async (path, limit) => {
    if (!path.endsWith("/quote")) return nodeKernelFiles.read(path, limit);
    return quote(await nodeKernelFiles.read(join(base, "user_report_data"), 64));
  };
  return { base, files: { ...nodeKernelFiles, read }, [Symbol.asyncDispose]: () => rm(base, { recursive: true }) };
}

test("an SGX quote", async () => {
  await using device = await gramine("dcap\n", sgxQuote);
  const evidence = await gramineAttester({ base: device.base }, device).evidence(reportData);
  assert.deepEqual(evidence, { tee: "sgx", quote: sgxQuote(reportData) });
});

test("quotes that are asked for at the same time are made one after the other, also after a failure", async () => {
  let calls = 0;
  await using device = await gramine("dcap", (data) => (++calls === 2 ? new Uint8Array() : sgxQuote(data)));
  const attester = gramineAttester({ base: device.base }, device);
  const all = [1, 2, 3].map((n) => toReportData(new Uint8Array(64).fill(n)));
  const [first, second, third] = await Promise.allSettled(all.map((data) => attester.evidence(data)));
  assert.equal(first?.status, "fulfilled");
  assert.equal(second?.status === "rejected" && second.reason.code, "output-malformed");
  assert.equal(third?.status, "fulfilled");
});

test("Gramine without DCAP, a quote for other data, and a missing folder are refused", async () => {
  await using none = await gramine("none", sgxQuote);
  await assert.rejects(gramineAttester({ base: none.base }, none).evidence(reportData), {
    code: "attestation-type",
    facts: { found: "none" },
  });
  await using other = await gramine("dcap", () => sgxQuote(new Uint8Array(64)));
  await assert.rejects(gramineAttester({ base: other.base }, other).evidence(reportData), {
    code: "report-data-mismatch",
  });
  const nowhere = gramineAttester({ base: "/nonexistent" }, { files: nodeKernelFiles });
  await assert.rejects(nowhere.evidence(reportData), { code: "file-failed" });
});

test("the attester is found by what is there, and nothing is an error", async () => {
  await using device = await gramine("dcap", sgxQuote);
  const parts = { files: device.files, randomness: () => new Uint8Array(16), pause: async () => {} };
  const found = await detectAttester({ gramineBase: device.base, tsmBase: "/nonexistent" }, parts);
  assert.equal((await found.evidence(reportData)).tee, "sgx");
  // The folder of reports is there, but makes none: that shows when evidence is asked for.
  const tsm = await detectAttester({ gramineBase: "/nonexistent", tsmBase: device.base }, parts);
  await assert.rejects(tsm.evidence(reportData), { code: "file-failed" });
  await assert.rejects(detectAttester({ gramineBase: "/nonexistent", tsmBase: "/nonexistent" }), {
    code: "no-attester",
    facts: { looked: ["/nonexistent", "/nonexistent"] },
  });
});

test("files are read to their end, and not beyond the limit", async () => {
  await using device = await gramine("dcap", sgxQuote);
  const file = join(device.base, "blob");
  await nodeKernelFiles.write(file, new Uint8Array(1000).fill(5));
  assert.equal((await nodeKernelFiles.read(file, 1000)).length, 1000);
  await assert.rejects(nodeKernelFiles.read(file, 999), RangeError);
});
