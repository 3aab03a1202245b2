// The file trees of images: the same twice, small, and enough to answer a request as nobody, with nothing else of the system.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { layOut } from "../../deploy/images/layout/lay-out.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";
import { addModel } from "../fixtures/onnx-model.ts";
import { jsonLinesOf, stop } from "../fixtures/spawned-command.ts";

const root = join(import.meta.dirname, "../..");
const date = 1_790_000_000;

let folder: TemporaryFolder;
let trees: readonly string[];
before(async () => {
  folder = await temporaryFolder();
  trees = ["one", "elsewhere/two"].map((name) => join(folder.path, name));
  for (const target of trees) await layOut({ folder: join(root, "services/backend"), target, date });
});
after(() => folder[Symbol.asyncDispose]());

/** Of the tree as an archive: content, names, modes and time stamps; owners are set when an image is made. */
function digest(tree: string): string {
  const args = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--create", "--directory", tree, "."];
  const archive = execFileSync("tar", args, { maxBuffer: 2 ** 30 });
  return createHash("sha256").update(archive).digest("hex");
}

function paths(tree: string): readonly string[] {
  return readdirSync(tree, { recursive: true, encoding: "utf8" }).sort();
}

test("the same sources give the same tree", () => {
  assert.deepEqual(paths(trees[1] ?? ""), paths(trees[0] ?? ""));
  assert.equal(digest(trees[1] ?? ""), digest(trees[0] ?? ""));
});

test("there is one program and no shell, nothing to install with, and nothing for another machine", () => {
  const [tree = ""] = trees;
  const files = paths(tree).filter((path) => statSync(join(tree, path)).isFile());
  const programs = files.filter((path) => (statSync(join(tree, path)).mode & 0o111) !== 0);
  assert.deepEqual(programs, ["lib64/ld-linux-x86-64.so.2", "usr/bin/node"]);
  assert.deepEqual(
    files.filter((path) => /(^|\/)(npm|sh|bash|busybox)$|\.d\.ts$|darwin|win32|arm64/.test(path)),
    [],
  );
  for (const path of paths(tree)) {
    const { mode, mtimeMs } = statSync(join(tree, path));
    assert.equal(mtimeMs, date * 1000, path);
    if (!/^(tmp|var\/lib\/sealserve)$/.test(path)) assert.equal(mode & 0o022, 0, `${path} can be written by others`);
  }
});

test("the bill names Node, the engine's library, the packages beside the bundle and those in it, each with a digest", () => {
  const bill = JSON.parse(readFileSync(join(trees[0] ?? "", "opt/sealserve/sbom.cdx.json"), "utf8"));
  assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.6"]);
  const names: readonly string[] = bill.components.map(({ name }: { readonly name: string }) => name);
  for (const name of ["node", "onnxruntime-node", "sharp", "@img/sharp-libvips-linux-x64", "zod", "jose", "libc.so.6"])
    assert.ok(names.includes(name), name);
  for (const { name, hashes } of bill.components) assert.match(hashes?.[0]?.content ?? "", /^[0-9a-f]{64,128}$/, name);
  const references = bill.components.map((component: Readonly<Record<string, string>>) => component["bom-ref"]);
  assert.equal(new Set(references).size, references.length, "each component is there once");
  assert.equal(bill.serialNumber, undefined);
  assert.equal(bill.metadata.timestamp, undefined);
});

const skip = process.getuid?.() === 0 ? false : "needs root, for chroot";
test("with nothing but the tree, as nobody, the backend answers", { skip }, async () => {
  const [tree = ""] = trees;
  mkdirSync(join(tree, "models"));
  writeFileSync(join(tree, "models/add.onnx"), addModel());
  const config = { modelStore: "/models", mesh: null, listen: { port: 0 }, operations: { port: 0 }, drainDelay: 0 };
  writeFileSync(join(tree, "etc/sealserve/config.yaml"), JSON.stringify(config));
  const program = ["/usr/bin/node", "--disable-sigusr1", "/opt/sealserve/main.js", "/etc/sealserve/config.yaml"];
  const child = spawn("chroot", ["--userspec=65532:65532", tree, ...program], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  try {
    const { listeners } = await jsonLinesOf<{ readonly listeners: Readonly<Record<string, string>> }>(
      child,
      () => log,
    )();
    const url = String(listeners["backend"]);
    const tensor = (name: string) => ({ name, datatype: "FP32", shape: [1, 4], data: [1, 2, 3, 4] });
    const answer = await fetch(`${url}/v2/models/add/infer`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: [tensor("a"), tensor("b")] }),
    });
    assert.match(await answer.text(), /\[2\.0,4\.0,6\.0,8\.0\]/);
  } finally {
    await stop(child);
  }
});
