// The age command opens what Sealserve seals, and Sealserve opens what the age command seals.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { builtCommand } from "./built-server.ts";

const missing = spawnSync("age", ["--version"]).error ? "age is not installed" : false;
const chunk = 65_536;
const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 5 * chunk, 3_000_001];

/** Ends the test where the command does not end with 0. */
function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Where an age is that knows post-quantum recipients; null: nowhere. */
const postQuantum = ((): string | null => {
  const found = spawnSync(join(import.meta.dirname, "../../tools/age-path.sh"), ["--find"], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : null;
})();
const withoutPostQuantum = postQuantum === null ? "no age here knows post-quantum recipients: make age" : false;

const sealserve = (...args: readonly string[]): string => run(process.execPath, builtCommand, ...args);

test("age and sealserve open each other's files", { skip: missing }, async (t) => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  for (const name of ["one", "other"]) run("age-keygen", "-o", at(`${name}.key`));
  const recipient = run("age-keygen", "-y", at("one.key")).trim();
  await folder.write("recipients", `# both\n${recipient}\n${run("age-keygen", "-y", at("other.key"))}`);

  for (const size of sizes) {
    await t.test(`${size} bytes, both ways`, async () => {
      const plaintext = Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
      const name = `${size}`;
      await folder.write(name, plaintext);
      sealserve("seal", at(name), "--to", recipient, "--out", at(`${name}.ours`));
      // To stdout: age makes no file for an empty result.
      const byAge = spawnSync("age", ["-d", "-i", at("one.key"), at(`${name}.ours`)], { maxBuffer: 2 * size + chunk });
      assert.equal(byAge.status, 0, String(byAge.stderr));
      assert.deepEqual(Buffer.from(byAge.stdout), plaintext);
      run("age", "-r", recipient, "-o", at(`${name}.theirs`), at(name));
      sealserve("open", at(`${name}.theirs`), "--identity", at("one.key"), "--out", at(`${name}.by-us`));
      assert.deepEqual(await readFile(at(`${name}.by-us`)), plaintext);
    });

    await t.test(`${size} bytes in ASCII armor, both ways`, async () => {
      const plaintext = await readFile(at(`${size}`));
      const name = `${size}.armor`;
      sealserve("seal", at(`${size}`), "--to", recipient, "--armor", "--out", at(`${name}.ours`));
      const byAge = spawnSync("age", ["-d", "-i", at("one.key"), at(`${name}.ours`)], { maxBuffer: 2 * size + chunk });
      assert.equal(byAge.status, 0, String(byAge.stderr));
      assert.deepEqual(Buffer.from(byAge.stdout), plaintext);
      run("age", "-a", "-r", recipient, "-o", at(`${name}.theirs`), at(`${size}`));
      assert.equal(JSON.parse(sealserve("inspect", at(`${name}.theirs`), "--json")).files[0].plaintextSize, size);
      sealserve("open", at(`${name}.theirs`), "--identity", at("one.key"), "--out", at(`${name}.by-us`));
      assert.deepEqual(await readFile(at(`${name}.by-us`)), plaintext);
    });
  }

  await t.test("files of recipients, and key files with several identities", async () => {
    await folder.write(
      "both.key",
      `${await readFile(at("one.key"), "utf8")}\n${await readFile(at("other.key"), "utf8")}`,
    );
    await folder.write("model", "weights");
    sealserve("seal", at("model"), "--to", at("recipients"), "--out", at("ours.age"));
    run("age", "-R", at("recipients"), "-o", at("theirs.age"), at("model"));
    for (const key of ["one.key", "other.key", "both.key"]) {
      assert.equal(run("age", "-d", "-i", at(key), at("ours.age")), "weights");
      sealserve("open", at("theirs.age"), "--identity", at(key), "--out", at(`by-${key}`));
      assert.equal(await readFile(at(`by-${key}`), "utf8"), "weights");
    }
  });

  await t.test("each file of a sealed directory is an age file", async () => {
    await folder.write("reader/1/model.onnx", "weights");
    sealserve("seal", at("reader"), "--to", recipient, "--out", at("reader.sealed"));
    assert.equal(run("age", "-d", "-i", at("one.key"), at("reader.sealed/1/model.onnx.age")), "weights");
    const manifest = JSON.parse(run("age", "-d", "-i", at("one.key"), at("reader.sealed/manifest.age")));
    assert.equal(manifest.model.name, "reader");
  });

  await t.test("what was cut, both refuse", async () => {
    await folder.write("cut.age", (await readFile(at("3000001.ours"))).subarray(0, -1));
    assert.notEqual(spawnSync("age", ["-d", "-i", at("one.key"), "-o", at("cut"), at("cut.age")]).status, 0);
    const ours = spawnSync(process.execPath, [
      builtCommand,
      "open",
      at("cut.age"),
      "--identity",
      at("one.key"),
      "--out",
      at("cut-by-us"),
    ]);
    assert.equal(ours.status, 1);
  });
});

test("age and sealserve open each other's files for post-quantum recipients", {
  skip: withoutPostQuantum,
}, async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const age = join(postQuantum ?? "", "age");
  const keygen = join(postQuantum ?? "", "age-keygen");
  run(keygen, "-pq", "-o", at("pq.key"));
  const recipient = run(keygen, "-y", at("pq.key")).trim();
  assert.match(recipient, /^age1pq1/);
  for (const size of [0, 1, chunk, 3_000_001]) {
    const plaintext = Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 17 + (i >> 8)) & 0xff));
    const name = `${size}`;
    await folder.write(name, plaintext);
    sealserve("seal", at(name), "--to", recipient, "--out", at(`${name}.ours`));
    const byAge = spawnSync(age, ["-d", "-i", at("pq.key"), at(`${name}.ours`)], { maxBuffer: 2 * size + chunk });
    assert.equal(byAge.status, 0, String(byAge.stderr));
    assert.deepEqual(Buffer.from(byAge.stdout), plaintext);
    run(age, "-r", recipient, "-o", at(`${name}.theirs`), at(name));
    const { files } = JSON.parse(sealserve("inspect", at(`${name}.theirs`), "--json"));
    assert.deepEqual(files[0].recipientTypes, ["mlkem768x25519"]);
    sealserve("open", at(`${name}.theirs`), "--identity", at("pq.key"), "--out", at(`${name}.by-us`));
    assert.deepEqual(await readFile(at(`${name}.by-us`)), plaintext);
  }
});
