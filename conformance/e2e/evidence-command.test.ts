// `sealserve evidence verify` and `sealserve enclave inspect`: verdicts, exit codes, and what is wrong with how they are called.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { writeCollateralJson } from "@sealserve/attestation";
import { AmdKeys, createMockAmd, createMockIntel } from "@sealserve/mock-tee";
import { withoutRealQuotes as skip } from "../fixtures/real-quotes.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const vectors = join(import.meta.dirname, "../../../shared/vectors");
const at = "2025-07-01T00:00:00Z";

async function verify(file: string, ...flags: readonly string[]) {
  const { code, stdout, stderr } = await runSealserve(["evidence", "verify", file, "--json", ...flags]);
  return { code, stderr, verdict: stdout === "" ? null : JSON.parse(stdout) };
}

suite("real evidence", { skip }, () => {
  const tdx = join(vectors, "tdx/tdx-v4.quote");
  const sgx = join(vectors, "sgx/sgx-v3.quote");

  test("an UpToDate TD is acceptable, and what was not checked is said", async () => {
    const { code, verdict } = await verify(
      tdx,
      "--collateral",
      join(vectors, "tdx/tdx-v4.collateral.json"),
      "--at",
      at,
    );
    assert.equal(code, 0);
    assert.partialDeepStrictEqual(verdict, {
      verdict: "acceptable",
      reason: null,
      tcbStatus: "UpToDate",
      advisories: [],
      tcbEvaluationDataNumber: 17,
      root: { name: "Intel SGX Root CA", simulated: false },
      claims: { tee: "tdx", debug: false },
    });
    assert.equal(verdict.skipped.length, 2);
  });
  test("an enclave on a platform that needs configuration is refused, unless only its genuineness is asked for", async () => {
    const flags = ["--collateral", join(vectors, "sgx"), "--at", at];
    const advisories = ["INTEL-SA-00289", "INTEL-SA-00615"];
    const tcbStatus = "ConfigurationAndSWHardeningNeeded";
    const strict = await verify(sgx, ...flags);
    assert.equal(strict.code, 1);
    const refused = { verdict: "refused", reason: "tcb-status-refused", tcbStatus, advisories };
    assert.partialDeepStrictEqual(strict.verdict, refused);
    const genuine = await verify(sgx, ...flags, "--genuine-only");
    assert.equal(genuine.code, 0);
    assert.partialDeepStrictEqual(genuine.verdict, { verdict: "acceptable", tcbStatus, advisories, policy: null });
  });
  test("collateral out of its window", async () => {
    const flags = ["--collateral", join(vectors, "tdx/tdx-v4.collateral.json"), "--at"];
    assert.equal((await verify(tdx, ...flags, "2025-07-19T10:00:35Z")).code, 0);
    const late = await verify(tdx, ...flags, "2025-07-19T10:00:36Z");
    assert.deepEqual([late.code, late.verdict.reason], [1, "expired"]);
    const early = await verify(tdx, ...flags, "2025-06-19T10:32:26Z");
    assert.deepEqual([early.code, early.verdict.reason], [1, "not-yet-valid"]);
  });
  for (const name of ["tdx/tdx-v4-debug.quote", "sgx/sgx-v3-debug.quote", "snp/snp-v2-debug.report"]) {
    test(`${name}: debug, whatever is skipped`, async () => {
      for (const flag of ["--json", "--genuine-only", "--no-crl"]) {
        const { code, verdict } = await verify(join(vectors, name), flag);
        assert.deepEqual([code, verdict.verdict, verdict.reason], [1, "refused", "debug-refused"]);
      }
    });
  }
});

suite("simulated evidence", () => {
  const now = new Date("2026-06-15T12:00:00Z");
  const intel = createMockIntel({}, { now: () => now });
  const amd = createMockAmd({ keys: new AmdKeys() }, { now: () => now });
  const reportData = new Uint8Array(64).fill(7);
  const mrTd = "d1".repeat(48);
  let folder: TemporaryFolder;
  let flags: string[];
  let quote: string;
  let report: string;

  before(async () => {
    folder = await temporaryFolder();
    quote = await folder.write("td.quote", intel.quote({ tee: "tdx", mrTd }, reportData));
    report = await folder.write("guest.report", amd.report({ tee: "snp" }, reportData));
    const collateral = await folder.write("collateral.json", writeCollateralJson(intel.collateral("tdx")));
    const anchor = await folder.write("anchors.json", JSON.stringify([intel.anchor, amd.anchor]));
    flags = ["--collateral", collateral, "--trust-anchor", anchor, "--at", now.toISOString()];
    for (const [index, der] of amd.collateral().certificates.entries()) await folder.write(`kds/${index}.cer`, der);
  });
  after(() => folder[Symbol.asyncDispose]());

  const policy = (changed: object = {}): string =>
    JSON.stringify({
      name: "mine",
      references: [{ tee: "tdx", name: "image", mrTd: [mrTd] }],
      tcbStatuses: ["UpToDate"],
      hardwareIds: null,
      simulatedRoots: [intel.anchor.sha256],
      ...changed,
    });

  test("it is refused without its root, and named as simulated with it", async () => {
    const without = await verify(quote, ...flags.toSpliced(2, 2));
    assert.deepEqual([without.code, without.verdict.reason], [1, "root-untrusted"]);
    const { code, verdict } = await verify(quote, ...flags);
    assert.deepEqual([code, verdict.root.simulated], [0, true]);
  });
  test("a policy decides alone: it must name the root, too", async () => {
    const named = await verify(quote, ...flags, "--policy", await folder.write("a.yaml", policy()));
    assert.deepEqual([named.code, named.verdict.policy, named.verdict.reference], [0, "mine", "image"]);
    const silent = await folder.write("b.yaml", policy({ simulatedRoots: [] }));
    const refused = await verify(quote, ...flags, "--policy", silent);
    assert.deepEqual([refused.code, refused.verdict.reason], [1, "simulated-refused"]);
    const other = await folder.write("c.yaml", policy({ references: [] }));
    assert.equal((await verify(quote, ...flags, "--policy", other)).verdict.reason, "no-reference-matched");
  });
  test("report data", async () => {
    const right = await verify(quote, ...flags, "--report-data", "07".repeat(64));
    assert.deepEqual([right.code, right.verdict.skipped.length], [0, 1]);
    const wrong = await verify(quote, ...flags, "--report-data", "08".repeat(64));
    assert.deepEqual([wrong.code, wrong.verdict.reason], [1, "report-data-mismatch"]);
  });
  test("a SEV-SNP report with certificates in a folder; without AMD's list only by name, then with it", async () => {
    const kds = ["--collateral", join(folder.path, "kds"), ...flags.slice(2)];
    const missing = await verify(report, ...kds);
    assert.deepEqual([missing.code, missing.verdict.reason], [1, "not-found"]);
    assert.equal((await verify(report, ...kds, "--no-crl")).code, 0);
    await folder.write("kds/crl.der", amd.collateral().crl ?? "");
    assert.equal((await verify(report, ...kds)).code, 0);
  });
  test("A1, A3: a file that was cut or is no evidence at all is refused with a reason, not called wrong usage", async () => {
    const whole = await readFile(quote);
    for (const [bytes, reason] of [
      ["", "truncated"],
      [whole.subarray(0, 1), "truncated"],
      [whole.subarray(0, 47), "truncated"],
      [whole.subarray(0, 635), "truncated"],
      [Uint8Array.from(whole).fill(0, 0, 2), "unsupported"],
      ["a letter to the owner, which is longer than the header of a quote", "unsupported"],
    ] as const) {
      const { code, verdict } = await verify(await folder.write("damaged.quote", bytes), ...flags);
      assert.deepEqual([code, verdict.verdict, verdict.reason], [1, "refused", reason]);
    }
  });
  test("what is said to be skipped names flags that there are", async () => {
    const { verdict } = await verify(quote, ...flags, "--no-crl");
    assert.equal(verdict.skipped.length, 3);
    const { stdout } = await runSealserve(["evidence", "verify", "--help"]);
    for (const skipped of verdict.skipped) {
      const [flag = ""] = /--[a-z-]+/.exec(skipped) ?? [];
      assert.match(stdout, new RegExp(`^ +${flag}`, "m"), skipped);
    }
  });
  test("B16: collateral that was damaged refuses the evidence; a policy or anchor that is none is wrong usage", async () => {
    const damaged = await folder.write("damaged.json", '{"tcb_info": 1}');
    const refused = await verify(quote, ...flags.with(1, damaged));
    assert.deepEqual([refused.code, refused.verdict.reason], [1, "malformed"]);
    const twice = await folder.write("twice.yaml", `${policy().slice(0, -1)}, "graceDays": 1, "graceDays": 2}`);
    for (const wrong of [
      ["--policy", await folder.write("typo.yaml", policy({ graceDay: 3 }))],
      ["--policy", twice],
      ["--policy", join(folder.path, "missing.yaml")],
      ["--trust-anchor", damaged],
      ["--at", "tomorrow"],
      ["--report-data", "07"],
      ["--collateral", join(folder.path, "missing")],
      ["--genuine-only", "--policy", twice],
      ["--unknown"],
    ]) {
      const { code, stderr } = await verify(quote, ...flags, ...wrong);
      assert.equal(code, 2, wrong.join(" "));
      assert.notEqual(stderr, "");
    }
    assert.equal((await verify(join(folder.path, "missing"))).code, 2);
    assert.equal((await runSealserve(["evidence", "verify"])).code, 2);
  });
});

test("enclave inspect: what an author signed, and a signature that does not hold", async () => {
  await using folder = await temporaryFolder();
  const bytes = sigstruct();
  const sound = await runSealserve(["enclave", "inspect", await folder.write("a.sig", bytes), "--json"]);
  assert.equal(sound.code, 0);
  const found = { mrEnclave: "e1".repeat(32), isvProdId: 3, isvSvn: 4, debug: false, date: "2026-06-15" };
  assert.partialDeepStrictEqual(JSON.parse(sound.stdout), found);
  bytes[960] = 0;
  assert.equal((await runSealserve(["enclave", "inspect", await folder.write("b.sig", bytes)])).code, 1);
  assert.equal((await runSealserve(["enclave", "inspect", await folder.write("c.sig", "text")])).code, 1);
  assert.equal((await runSealserve(["enclave", "inspect", join(folder.path, "missing")])).code, 2);
});

function sigstruct(): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 3072, publicExponent: 3 });
  const { n = "" } = publicKey.export({ format: "jwk" });
  const bytes = new Uint8Array(1808);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from("06000000e10000000000010000000000", "hex"), 0);
  view.setUint32(20, 0x20260615, true);
  bytes.set(Buffer.from("01010000600000006000000001000000", "hex"), 24);
  bytes.set(Uint8Array.from(Buffer.from(n, "base64url")).reverse(), 128);
  view.setUint32(512, 3, true);
  bytes.set([4], 928);
  bytes.set([0xff], 944);
  bytes.fill(0xe1, 960, 992);
  view.setUint16(1024, 3, true);
  view.setUint16(1026, 4, true);
  const signed = Buffer.concat([bytes.subarray(0, 128), bytes.subarray(900, 1028)]);
  bytes.set(Uint8Array.from(sign("sha256", signed, privateKey)).reverse(), 516);
  return bytes;
}
