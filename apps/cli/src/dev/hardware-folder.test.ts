// Processes that share simulated hardware: whoever comes first makes the root, and nobody's is lost or written over.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { KeptRoot } from "@sealserve/mock-tee";
import { hardwareFolder } from "./hardware-folder.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-hardware-"));
  folders.push(folder);
  return join(folder, "deeper", "hardware");
}

const rootNamed = (name: string): KeptRoot => ({ certificate: name, privateKey: name });

test("a root is kept for each kind of hardware, readable by its owner alone", async () => {
  const folder = await newFolder();
  const roots = await hardwareFolder(folder);
  assert.equal(await roots.keptRoot("tdx"), null);
  await roots.keepRoot("tdx", rootNamed("first"));
  await roots.keepRoot("snp", rootNamed("other"));
  const later = await hardwareFolder(folder);
  assert.deepEqual(await later.keptRoot("tdx"), rootNamed("first"));
  assert.deepEqual(await later.keptRoot("snp"), rootNamed("other"));
  assert.equal((await stat(folder)).mode & 0o077, 0);
  for (const file of await readdir(folder)) assert.equal((await stat(join(folder, file))).mode & 0o077, 0, file);
});

test("of two that keep a root, the first wins, and both read the same afterwards", async () => {
  const folder = await newFolder();
  const [one, two] = [await hardwareFolder(folder), await hardwareFolder(folder)];
  await one.keepRoot("tdx", rootNamed("first"));
  await two.keepRoot("tdx", rootNamed("second"));
  assert.deepEqual([await one.keptRoot("tdx"), await two.keptRoot("tdx")], [rootNamed("first"), rootNamed("first")]);
  assert.deepEqual(await readdir(folder), ["simulated-tdx-root.json"], "nothing else is left behind");
});

test("a root that cannot be read is no root that is missing", async () => {
  const folder = await newFolder();
  const roots = await hardwareFolder(folder);
  await writeFile(join(folder, "simulated-tdx-root.json"), "{");
  await assert.rejects(roots.keptRoot("tdx"), SyntaxError);
});
