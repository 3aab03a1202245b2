// Mesh certificates from files that somebody else renews: what is taken, what is passed over, and what is refused at the start.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type MeshFilesSetting, meshFiles } from "@sealserve/conformance/fixtures/mesh-files";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { meshFromFiles } from "./mesh-from-files.node.ts";

const interval = 5_000;

let folder: string;
/** Writes a new certificate, with its key, to the same files at each call. */
let issue: (role: string) => Promise<MeshFilesSetting>;
let files: MeshFilesSetting;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-mesh-"));
  issue = await meshFiles(folder);
  files = await issue("backend");
  clock = new VirtualClock();
});
afterEach(() => rm(folder, { recursive: true }));

/** The messages of a log. */
function logged() {
  const all: string[] = [];
  const write = (message: string) => void all.push(message);
  return { all, logger: { info: write, warn: write } };
}

/** A look at the files ends with the timer for the next one. */
async function look(): Promise<void> {
  clock.advance(interval);
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
}

test("the certificate is there from the start, with its end", async () => {
  using mesh = await meshFromFiles(files, { clock, logger: logged().logger });
  assert.match(mesh.current.certificate, /BEGIN CERTIFICATE/);
  assert.equal(mesh.trustDomain, "mesh.test");
  assert.ok(mesh.current.notAfter.getTime() > Date.now());
});

test("a renewed one is noticed and told once; who asks gets it", async () => {
  const log = logged();
  using mesh = await meshFromFiles(files, { clock, logger: log.logger });
  const told: string[] = [];
  mesh.onRenewed(({ certificate }) => told.push(certificate));
  const before = mesh.current.certificate;
  await look();
  assert.deepEqual(told, []);
  await issue("backend");
  await look();
  await look();
  assert.notEqual(mesh.current.certificate, before);
  assert.deepEqual(told, [mesh.current.certificate]);
  assert.deepEqual(log.all, ["the mesh certificate was renewed"]);
});

test("a certificate whose key is not there yet is passed over, told once, and taken once it is", async () => {
  const log = logged();
  using mesh = await meshFromFiles(files, { clock, logger: log.logger });
  const before = mesh.current;
  const next = await issue("next");
  await writeFile(files.certificate, await readFile(next.certificate));
  await look();
  await look();
  assert.equal(mesh.current, before);
  assert.deepEqual(log.all, ["the files of the mesh certificate cannot be used"]);
  await writeFile(files.key, await readFile(next.key));
  await look();
  assert.notEqual(mesh.current, before);
  assert.deepEqual(log.all.slice(1), ["the mesh certificate was renewed"]);
});

test("files that go away leave the last certificate", async () => {
  const log = logged();
  using mesh = await meshFromFiles(files, { clock, logger: log.logger });
  await rm(files.roots);
  await look();
  assert.match(mesh.current.roots, /BEGIN CERTIFICATE/);
  assert.equal(log.all.length, 1);
});

test("once disposed of, nobody looks again", async () => {
  const mesh = await meshFromFiles(files, { clock, logger: logged().logger });
  mesh[Symbol.dispose]();
  assert.equal(clock.timers, 0);
});

for (const [what, spoil] of [
  ["a missing file", () => rm(files.key)],
  ["no certificate", () => writeFile(files.certificate, "hello")],
  ["no key", () => writeFile(files.key, "hello")],
  ["no root", () => writeFile(files.roots, "hello")],
  ["the key of another certificate", async () => ({ key: (await issue("other")).key })],
  ["another trust domain", async () => ({ trustDomain: "elsewhere" })],
] as const) {
  test(`it does not start with ${what}`, async () => {
    const given = { ...files, ...(await spoil()) };
    await assert.rejects(meshFromFiles(given, { clock, logger: logged().logger }), { code: "certificate-unavailable" });
    assert.equal(clock.timers, 0);
  });
}
