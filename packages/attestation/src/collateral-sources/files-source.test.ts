// Collateral out of folders and bundles: known by what is in the files, whatever their names and forms; damage is named.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createMockAmd, createMockIntel, type MockCollateralOptions, toPem } from "@sealserve/mock-tee";
import { utf8 } from "@sealserve/primitives";
import type { CollateralRequest } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { toHex } from "../hex.ts";
import { verifyCollateral } from "../intel/verify-collateral.ts";
import { bundleSource, readBundle, writeBundle } from "./bundle.ts";
import type { CollateralFile } from "./collateral-file.ts";
import { toFiles } from "./collateral-files.ts";
import { readCollateralJson, writeCollateralJson } from "./collateral-json.ts";
import { filesSource } from "./files-source.ts";
import { folderSource } from "./folder-source.node.ts";

const now = new Date("2026-11-20T12:00:00Z");
const clock = { now: () => now };
const intel = createMockIntel({}, clock);
const amd = createMockAmd({ product: "Turin" }, clock);
const { signal } = new AbortController();

const tdx: CollateralRequest = { kind: "dcap", tee: "tdx", fmspc: intel.platform.fmspc, ca: "platform" };
const reportedTcb = toHex(amd.report({ tee: "snp" }, new Uint8Array(64)).subarray(0x180, 0x188));
const snp: CollateralRequest = { kind: "snp", product: "Turin", chipId: toHex(amd.chipId), reportedTcb };

/** The answers of Intel's service, as curl would save them. */
function answers(options: MockCollateralOptions = {}): CollateralFile[] {
  const c = intel.collateral("tdx", options);
  const head = `HTTP/1.1 200 OK\r\nTCB-Info-Issuer-Chain: ${encodeURIComponent(c.tcbInfoIssuerChain)}\r\n\r\n`;
  return [
    { name: "tcb", bytes: utf8(`{"tcbInfo":${c.tcbInfo},"signature":"${c.tcbInfoSignature}"}`) },
    { name: "headers.txt", bytes: utf8(head) },
    { name: "identity", bytes: utf8(`{"enclaveIdentity":${c.qeIdentity},"signature":"${c.qeIdentitySignature}"}`) },
    { name: "pck.crl", bytes: c.pckCrl },
    { name: "pck-ca.pem", bytes: utf8(c.pckCrlIssuerChain) },
    { name: "root.crl", bytes: c.rootCaCrl },
    { name: "README.md", bytes: utf8("what lies here") },
  ];
}

async function genuine(files: readonly CollateralFile[]): Promise<number> {
  const collateral = await filesSource(files, "test").fetch(tdx, signal);
  assert.ok(collateral.kind === "dcap");
  return (await verifyCollateral(collateral, [intel.anchor])).tcbInfo.tcbEvaluationDataNumber;
}

test("a service's answers under any names make genuine collateral", async () => {
  assert.equal(await genuine(answers()), 17);
});

test("revocation lists in PEM and in hex are read too", async () => {
  const as = (write: (der: Uint8Array) => string) =>
    answers().map(({ name, bytes }) => ({ name, bytes: name.endsWith(".crl") ? utf8(write(bytes)) : bytes }));
  assert.equal(await genuine(as((der) => toPem(der, "X509 CRL"))), 17);
  assert.equal(await genuine(as((der) => `${toHex(der)}\n`)), 17);
});

test("of several that fit, the newest is taken", async () => {
  const older = answers({ evaluationDataNumber: 16 });
  assert.equal(await genuine([...answers(), ...older]), 17);
  assert.equal(await genuine([...older, ...answers()]), 17);
  const whole = toFiles(tdx, intel.collateral("tdx", { evaluationDataNumber: 18 }));
  assert.equal(await genuine([...whole, ...answers()]), 18);
});

for (const missing of ["tcb", "headers.txt", "identity", "pck.crl", "pck-ca.pem", "root.crl"]) {
  test(`without ${missing} there is no collateral`, async () => {
    const files = answers().filter(({ name }) => name !== missing);
    await assert.rejects(filesSource(files, "test").fetch(tdx, signal), { code: "not-found" });
  });
}

test("collateral for another platform or TEE is not found", async () => {
  const source = filesSource(answers(), "test");
  for (const request of [{ ...tdx, fmspc: "00606a000000" }, { ...tdx, tee: "sgx" as const }, snp]) {
    await assert.rejects(source.fetch(request, signal), { code: "not-found" });
  }
});

for (const [name, bytes] of [
  ["broken.json", utf8('{"tcbInfo":')],
  ["twice.json", utf8('{"tcbInfo":{},"tcbInfo":{},"signature":""}')],
  ["other.json", utf8("{}")],
  ["cut.crl", intel.collateral("tdx").pckCrl.subarray(0, 300)],
  ["cut.pem", utf8(intel.chain.root.pem.slice(0, 200))],
] as const) {
  test(`a file that cannot be read is named: ${name}`, () => {
    assert.throws(
      () => filesSource([{ name, bytes }], "test"),
      (error) => error instanceof CollateralError && "what" in error.facts && error.facts.what === `file '${name}'`,
    );
  });
}

test("AMD's certificates: the one of this chip at these levels, with its chain and list", async () => {
  const other = createMockAmd({ product: "Turin", keys: amd.keys }, clock);
  const files = [other, amd].flatMap((one) => toFiles({ ...snp, chipId: toHex(one.chipId) }, one.collateral()));
  const found = await filesSource(files, "test").fetch(snp, signal);
  assert.ok(found.kind === "snp" && found.crl);
  assert.equal(toHex(found.certificates[0] ?? new Uint8Array()), toHex(amd.chain.of("vcek").der));
  assert.equal(found.certificates.length, 5);
});

test("a folder is read anew for every request; what lies in folders inside is not", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-collateral-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "inside"));
  const [file] = toFiles(tdx, intel.collateral("tdx"));
  assert.ok(file);
  await writeFile(join(folder, "inside", file.name), file.bytes);
  const source = folderSource({ folder });
  await assert.rejects(source.fetch(tdx, signal), { code: "not-found" });
  await writeFile(join(folder, file.name), file.bytes);
  assert.equal((await source.fetch(tdx, signal)).kind, "dcap");
  const narrow = folderSource({ folder, maxBytes: 1000 });
  await assert.rejects(narrow.fetch(tdx, signal), { code: "too-large" });
  await assert.rejects(folderSource({ folder: join(folder, "none") }).fetch(tdx, signal), { code: "unavailable" });
});

test("collateral in JSON is read back as it was written", () => {
  const collateral = intel.collateral("tdx");
  assert.deepEqual(readCollateralJson(writeCollateralJson(collateral)), collateral);
  for (const text of ["", "[]", "{}", writeCollateralJson(collateral).replace(/"pck_crl":"../, '"pck_crl":"zz')]) {
    assert.throws(() => readCollateralJson(text), { code: "malformed" });
  }
});

const window = { from: now.getTime(), until: now.getTime() + 1000 };
const files = [...toFiles(tdx, intel.collateral("tdx")), ...toFiles(snp, amd.collateral())];

test("a bundle is read back as it was written, and is a source", async () => {
  const bundle = await readBundle(await writeBundle({ created: now, window, files }));
  assert.deepEqual(
    bundle.files.map(({ name }) => name),
    files.map(({ name }) => name),
  );
  assert.deepEqual([bundle.created, bundle.window], [now, window]);
  assert.equal((await bundleSource(bundle).fetch(tdx, signal)).kind, "dcap");
  assert.equal((await bundleSource(bundle).fetch(snp, signal)).kind, "snp");
});

for (const [name, change, what] of [
  [
    "a file replaced",
    (b: Loose) => Object.assign(b.members[0] ?? {}, { content: "e30=" }),
    `bundle member '${files[0]?.name}'`,
  ],
  [
    "a file replaced with its digest",
    (b: Loose) => Object.assign(b.members[1] ?? {}, { ...b.members[2], name: "x" }),
    "bundle",
  ],
  ["a file taken out", (b: Loose) => b.members.pop(), "bundle"],
  ["files exchanged", (b: Loose) => b.members.reverse(), "bundle"],
  ["a later end", (b: Loose) => Object.assign(b, { validUntil: "2099-01-01T00:00:00.000Z" }), "bundle"],
  ["another format", (b: Loose) => Object.assign(b, { format: "sealserve-collateral-bundle/2" }), "bundle"],
  ["no members", (b: Loose) => Object.assign(b, { members: "none" }), "bundle"],
  ["a member without a name", (b: Loose) => Object.assign(b.members[0] ?? {}, { name: 1 }), "bundle"],
] as const) {
  test(`B16 a bundle with ${name} is refused`, async () => {
    const bundle: Loose = JSON.parse(await writeBundle({ created: now, window, files }));
    change(bundle);
    const error = await readBundle(JSON.stringify(bundle)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof CollateralError && "what" in error.facts, String(error));
    assert.deepEqual([error.code, error.facts.what], ["malformed", what]);
  });
}

interface Loose {
  readonly members: Record<string, unknown>[];
}

for (const name of ["../escape", "a/b", "/etc/passwd", ".hidden", "", "a\0b"]) {
  test(`a bundle never has a member named ${JSON.stringify(name)}`, async () => {
    const file = { name, bytes: utf8("{}") };
    await assert.rejects(writeBundle({ created: now, window, files: [file] }), { code: "malformed" });
  });
}
