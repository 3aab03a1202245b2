// The commands about sealed files: round trips, refusals, and nothing left behind by what failed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateKeyPair } from "@sealserve/sealing";

const main = join(import.meta.dirname, "../main.ts");
const folder = await mkdtemp(join(tmpdir(), "sealserve-test-"));
after(() => rm(folder, { recursive: true }));
const at = (...names: readonly string[]): string => join(folder, ...names);

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", cwd: folder });
  return { status, stdout, stderr };
}

const { identity, recipient } = await generateKeyPair();
const model = Buffer.alloc(200_000, "model");
await mkdir(at("reader/1"), { recursive: true });
await writeFile(at("reader/1/model.onnx"), model);
await writeFile(at("reader/config.pbtxt"), 'backend: "identity"\n');
await writeFile(at("key.txt"), `# public key: ${recipient}\n${identity}\n`);
await writeFile(at("broker.pub"), `# the broker\n${recipient}\n`);

test("a file goes round, without a trace of its content in between", async () => {
  assert.equal(run("seal", "reader/1/model.onnx", "--to", recipient, "--out", "model.onnx.age").status, 0);
  assert.ok(!(await readFile(at("model.onnx.age"))).includes("model"));
  assert.equal(run("open", "model.onnx.age", "--identity", "key.txt", "--out", "opened/model.onnx").status, 0);
  assert.deepEqual(await readFile(at("opened/model.onnx")), model);
  assert.equal((await stat(at("opened/model.onnx"))).mode & 0o777, 0o600, "plaintext is its owner's");

  const { status, stdout } = run("inspect", "model.onnx.age", "--json");
  const { complete, files } = JSON.parse(stdout);
  assert.equal(status, 0);
  assert.equal(complete, true);
  assert.deepEqual(files[0].recipientTypes, ["X25519"]);
  assert.equal(files[0].plaintextSize, model.length);
});

test("a file goes round in ASCII armor; a folder is not sealed so", async () => {
  const armored = ["--to", recipient, "--armor", "--out", "model.age"];
  assert.equal(run("seal", "reader/1/model.onnx", ...armored).status, 0);
  assert.match(await readFile(at("model.age"), "ascii"), /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  const { complete, files } = JSON.parse(run("inspect", "model.age", "--json").stdout);
  assert.deepEqual([complete, files[0].armored, files[0].plaintextSize], [true, true, model.length]);
  assert.equal(run("open", "model.age", "--identity", "key.txt", "--out", "from-armor").status, 0);
  assert.deepEqual(await readFile(at("from-armor")), model);

  await writeFile(at("cut.armor"), (await readFile(at("model.age"))).subarray(0, -40));
  assert.equal(run("inspect", "cut.armor").status, 1);
  assert.equal(run("open", "cut.armor", "--identity", "key.txt", "--out", "refused").status, 1);
  const folderRun = run("seal", "reader", ...armored.slice(0, -1), "refused");
  assert.equal(folderRun.status, 1);
  assert.match(folderRun.stderr, /--armor/);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /refused|draft/.test(name)),
    [],
  );
});

test("a folder goes round; another root, and a swapped file, are refused", async () => {
  const sealed = run("seal", "reader", "--to", "broker.pub", "--out", "reader.sealed", "--model-version", "3");
  assert.equal(sealed.status, 0, sealed.stderr);
  const root = /root ([0-9a-f]{64})/.exec(sealed.stdout)?.[1] ?? "";
  assert.deepEqual((await readdir(at("reader.sealed"), { recursive: true })).sort(), [
    "1",
    "1/model.onnx.age",
    "config.pbtxt.age",
    "manifest.age",
  ]);
  const opened = run("open", "reader.sealed", "--identity", "key.txt", "--out", "reader.opened", "--root", root);
  assert.equal(opened.status, 0, opened.stderr);
  assert.deepEqual(await readFile(at("reader.opened/1/model.onnx")), model);
  assert.equal(run("inspect", "reader.sealed").status, 0);

  const args = ["open", "reader.sealed", "--identity", "key.txt", "--out", "refused"];
  assert.equal(run(...args, "--root", "0".repeat(64)).status, 1);
  assert.equal(run(...args, "--root", "x").status, 2);
  await writeFile(at("reader.sealed/config.pbtxt.age"), await readFile(at("model.onnx.age")));
  const swapped = run(...args);
  assert.equal(swapped.status, 1);
  assert.match(swapped.stderr, /"config\.pbtxt"/);
  await rm(at("reader.sealed/manifest.age"));
  assert.equal(run("inspect", "reader.sealed").status, 1);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /refused|draft/.test(name)),
    [],
  );
});

test("G7: what fails leaves nothing behind, and nothing is overwritten unasked", async () => {
  await writeFile(at("cut.age"), (await readFile(at("model.onnx.age"))).subarray(0, -10));
  const before = (await readdir(folder)).sort();
  const cut = run("open", "cut.age", "--identity", "key.txt", "--out", "cut");
  assert.equal(cut.status, 1);
  assert.match(cut.stderr, /chunk 4/);
  assert.deepEqual((await readdir(folder)).sort(), before);

  const again = ["open", "model.onnx.age", "--identity", "key.txt", "--out", "key.txt"];
  assert.equal(run(...again).status, 1);
  assert.match(await readFile(at("key.txt"), "utf8"), /AGE-SECRET-KEY/);
  await writeFile(at("old"), "old");
  assert.equal(run(...again.slice(0, -1), "old", "--force").status, 0);
  assert.deepEqual(await readFile(at("old")), model);
});

test("E14: keys in the wrong place are refused and not repeated", () => {
  for (const args of [
    ["seal", "key.txt", "--to", identity, "--out", "x"],
    ["open", "model.onnx.age", "--identity", identity, "--out", "x"],
    ["seal", "key.txt", "--to", "key.txt", "--out", "x"],
    ["open", "model.onnx.age", "--identity", "broker.pub", "--out", "x"],
    ["seal", "key.txt", "--out", "x"],
    ["open", "model.onnx.age", "--out", "x"],
    ["seal", "nowhere", "--to", recipient, "--out", "x"],
  ]) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 1, args.join(" "));
    assert.ok(!`${stdout}${stderr}`.includes(identity.slice(20)));
    assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
  }
  assert.equal(run("seal", "key.txt").status, 2);
});

test("a passphrase comes from a file", async () => {
  await writeFile(at("passphrase"), "correct horse\n");
  assert.equal(run("seal", "broker.pub", "--passphrase-file", "passphrase", "--out", "p.age").status, 0);
  assert.equal(run("open", "p.age", "--passphrase-file", "passphrase", "--out", "p.pub").status, 0);
  assert.deepEqual(await readFile(at("p.pub")), await readFile(at("broker.pub")));
  const both = run("seal", "key.txt", "--to", recipient, "--passphrase-file", "passphrase", "--out", "both.age");
  assert.equal(both.status, 1);
});
