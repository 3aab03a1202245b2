// Bundles are reproducible: built twice, at two places, from two working directories, they are the same bytes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { processFolders, processName } from "./bundle-process.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "sealserve-bundle-"));
after(() => rmSync(folder, { recursive: true }));

/** In a process of its own, as a second build on another machine would be. */
function build(process_: string, target: string, cwd: string): void {
  const module = JSON.stringify(join(root, "tools/bundle-process.ts"));
  const script = `import { bundleProcess } from ${module}; await bundleProcess(${JSON.stringify(process_)}, ${JSON.stringify(target)});`;
  const env = { ...process.env, TZ: "Asia/Tokyo", LANG: "C" };
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    ...{ cwd, env },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
}

function digests(target: string): Readonly<Record<string, string>> {
  const files = readdirSync(target).sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(target, file)))
        .digest("hex"),
    ]),
  );
}

for (const process_ of processFolders()) {
  const name = processName(process_);
  test(`${name} is bundled to the same bytes twice`, () => {
    const [one, two] = [join(folder, name, "one"), join(folder, name, "elsewhere", "two")];
    build(process_, one, root);
    build(process_, two, folder);
    assert.deepEqual(digests(two), digests(one));
    const main = readFileSync(join(one, "main.js"), "utf8");
    for (const place of [root, folder])
      assert.ok(!main.includes(place), `the bundle tells that it was made in ${place}`);
    const bill = JSON.parse(readFileSync(join(one, "sbom.cdx.json"), "utf8"));
    assert.equal(bill.bomFormat, "CycloneDX");
    const zod = bill.components.find((component: { readonly name: string }) => component.name === "zod");
    assert.match(zod.purl, /^pkg:npm\/zod@\d/);
    assert.match(zod.hashes[0].content, /^[0-9a-f]{128}$/);
  });
}
