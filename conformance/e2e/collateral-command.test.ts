// `sealserve collateral`: a bundle made from a service judges evidence without a network; what was changed in it is named.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type CollateralServer,
  createMockAmd,
  createMockIntel,
  type MockAmd,
  type MockIntel,
  startCollateralServer,
} from "@sealserve/mock-tee";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const clock = { now: () => new Date() };
const reportData = new Uint8Array(64).fill(7);

let folder: TemporaryFolder;
let server: CollateralServer;
let intel: MockIntel;
let amd: MockAmd;
before(async () => {
  folder = await temporaryFolder();
  intel = createMockIntel({}, clock);
  amd = createMockAmd({ product: "Genoa" }, clock);
  server = await startCollateralServer({ intel: [intel], amd: [amd] });
  await folder.write("tdx.quote", intel.quote({ tee: "tdx" }, reportData));
  await folder.write("sgx.quote", intel.quote({ tee: "sgx" }, reportData));
  await folder.write("snp.report", amd.report({ tee: "snp" }, reportData));
  await folder.write("debug.quote", intel.quote({ tee: "sgx", debug: true }, reportData));
  await folder.write("anchors.json", JSON.stringify([intel.anchor, amd.anchor]));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const collateral = (...args: readonly string[]) => runSealserve(["collateral", ...args]);
const evidence = ["tdx.quote", "sgx.quote", "snp.report"] as const;

async function exportTo(name: string, ...more: readonly string[]): ReturnType<typeof runSealserve> {
  const files = evidence.map(at);
  return collateral("export", "--evidence", ...files, "--from", server.url, "--out", at(name), ...more);
}

test("what was exported judges the evidence offline: as a bundle, and as the folder it was imported into", async () => {
  const exported = await exportTo("all.bundle", "--trust-anchor", at("anchors.json"));
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal(exported.stdout.match(/genuine by this collateral/g)?.length, 3);
  const imported = await collateral("import", at("all.bundle"), "--to", at("site"));
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stdout, /; valid, from 20/);
  for (const place of [at("all.bundle"), at("site")]) {
    for (const name of evidence) {
      const judged = await runSealserve([
        "evidence",
        "verify",
        at(name),
        "--collateral",
        place,
        "--trust-anchor",
        at("anchors.json"),
        "--json",
      ]);
      assert.equal(judged.code, 0, judged.stdout + judged.stderr);
    }
  }
});

test("an import says what it added, replaced and left, and leaves no parts behind", async () => {
  await exportTo("first.bundle", "--force");
  const first = await collateral("import", at("first.bundle"), "--to", at("second-site"));
  const again = await collateral("import", at("first.bundle"), "--to", at("second-site"));
  const name = `tdx.${intel.platform.fmspc}.platform.json`;
  await folder.write(`second-site/${name}`, "{}");
  const mended = await collateral("import", at("first.bundle"), "--to", at("second-site"));
  assert.match(first.stdout, new RegExp(`added: ${name}`));
  assert.doesNotMatch(again.stdout, /added|replaced/);
  assert.deepEqual(mended.stdout.match(/replaced: .*/g), [`replaced: ${name}`]);
  const files = await readdir(at("second-site"));
  assert.ok(files.every((file) => !file.endsWith(".part")));
});

test("B16 a bundle in which one file was replaced is refused, and the file is named", async () => {
  await exportTo("good.bundle", "--force");
  const bundle = JSON.parse(await readFile(at("good.bundle"), "utf8"));
  bundle.members[1].content = bundle.members[0].content;
  await folder.write("bad.bundle", JSON.stringify(bundle));
  const { code, stderr } = await collateral("import", at("bad.bundle"), "--to", at("never"));
  assert.equal(code, 1);
  assert.match(stderr, /^malformed: /);
  assert.ok(stderr.includes(bundle.members[1].name), stderr);
  await assert.rejects(readdir(at("never")), { code: "ENOENT" });
});

test("B16 a bundle for another platform has nothing for this one", async () => {
  const other = createMockIntel({ platform: { fmspc: "00606a000000" } }, clock);
  await folder.write("other.quote", other.quote({ tee: "tdx" }, reportData));
  await exportTo("third.bundle", "--force");
  const { code, stdout } = await runSealserve([
    "evidence",
    "verify",
    at("other.quote"),
    "--collateral",
    at("third.bundle"),
    "--json",
  ]);
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).reason, "not-found");
});

test("without a trust anchor the export says that no vendor's root vouches for simulated hardware", async () => {
  const { code, stdout } = await exportTo("mock.bundle");
  assert.equal(code, 0);
  assert.equal(stdout.match(/refused: root-untrusted/g)?.length, 3);
});

test("debug evidence is refused before anything is fetched for it, and nothing is written", async () => {
  const asked = server.requests.length;
  const { code, stderr } = await collateral(
    ...["export", "--evidence", at("debug.quote"), "--from", server.url, "--out", at("debug.bundle")],
  );
  assert.equal(code, 1);
  assert.match(stderr, /^debug-refused: /);
  assert.equal(server.requests.length, asked);
  await assert.rejects(readFile(at("debug.bundle")), { code: "ENOENT" });
});

test("a bundle that is there is not replaced unless told, and a bad URL is wrong usage", async () => {
  await folder.write("there.bundle", "mine");
  const kept = await exportTo("there.bundle");
  assert.equal(kept.code, 2);
  assert.equal(await readFile(at("there.bundle"), "utf8"), "mine");
  const bad = await collateral(
    ...["export", "--evidence", at("tdx.quote"), "--from", "file:///etc/passwd", "--out", at("x.bundle")],
  );
  assert.equal(bad.code, 2);
});
