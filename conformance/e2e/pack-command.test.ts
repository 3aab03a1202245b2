// `sealserve pack`: an archive that the server serves and any zip reader reads; what is wrong is told before anything is written.
import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readArchive } from "@sealserve/engines";
import { identityModel } from "../fixtures/onnx-model.ts";
import { post } from "./exchange.ts";
import { runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("model.onnx", identityModel());
  await folder.write(
    "handler.ts",
    [
      'import { words } from "./words.ts";',
      "export function handle(rows: readonly unknown[], context: { files: { text(name: string): string } }): string[] {",
      '  return rows.map(() => words + " " + context.files.text("labels/index.txt"));',
      "}",
    ].join("\n"),
  );
  await folder.write("words.ts", 'export const words: string = "read";\n');
  await folder.write("extra/labels/index.txt", "back");
  await folder.write("config.yaml", "batchSize: 2\nresponseTimeout: 9\n");
});
after(() => folder[Symbol.asyncDispose]());

const at = (name: string): string => join(folder.path, name);
const pack = (...args: readonly string[]) => runSealserve(["pack", "--export-path", at("store"), ...args]);

test("the flags of torch-model-archiver make an archive that is read back and served", async () => {
  const { code, stdout, stderr } = await pack(
    ...[
      "--model-name",
      "reader",
      "--version",
      "3.1",
      "--serialized-file",
      at("model.onnx"),
      "--handler",
      at("handler.ts"),
    ],
    ...["--extra-files", `${at("words.ts")},${at("extra")}`, "--config-file", at("config.yaml")],
  );
  assert.equal(code, 0, stderr);
  const path = at("store/reader.mar");
  assert.match(stdout, new RegExp(`${path} \\(6 files, \\d+ bytes\\)`));
  const archive = await readArchive(path);
  assert.deepEqual(archive.list(), [
    "MAR-INF/MANIFEST.json",
    "config.yaml",
    "handler.ts",
    "labels/index.txt",
    "model.onnx",
    "words.ts",
  ]);
  assert.deepEqual(await archive.read("model.onnx"), identityModel());
  const { model } = JSON.parse(new TextDecoder().decode(await archive.read("MAR-INF/MANIFEST.json")));
  assert.deepEqual([model.modelName, model.modelVersion, model.configFile], ["reader", "3.1", "config.yaml"]);
  await using server = await startServer(["--model-store", at("store")]);
  assert.equal((await post(server.url("torchserve", "/predictions/reader/3.1"), "x")).text, "read back");
});

test("an archive that is there is replaced only with --force", async () => {
  const again = ["--model-name", "twice", "--serialized-file", at("model.onnx")];
  assert.equal((await pack(...again)).code, 0);
  const before = await readFile(at("store/twice.mar"));
  const refused = await pack(...again, "--handler", at("handler.ts"));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /twice\.mar exists already; give --force/);
  assert.deepEqual(await readFile(at("store/twice.mar")), before);
  assert.equal((await pack(...again, "--force", "--handler", at("handler.ts"))).code, 0);
  assert.notDeepEqual(await readFile(at("store/twice.mar")), before);
});

test("what cannot be packed is told in one sentence, and leaves nothing", async () => {
  const listed = async () => (await readdir(at("store"))).sort();
  const before = await listed();
  const refused = [
    [["--model-name", "a/b", "--handler", at("handler.ts")], 1, /'a\/b' cannot name a model/],
    [["--model-name", "a", "--serialized-file", at("none.onnx")], 1, /none\.onnx/],
    [["--model-name", "a", "--handler", at("handler.ts"), "--extra-files", at("none*")], 1, /none\*/],
    [["--model-name", "a"], 2, /--handler.*--serialized-file/],
    [["--handler", at("handler.ts")], 2, /--model-name/],
    [["--model-name", "a", "--archive-format", "rar"], 2, /zip-store/],
  ] as const;
  await Promise.all(
    refused.map(async ([args, exit, words]) => {
      const { code, stdout, stderr } = await pack(...args);
      assert.equal(code, exit, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, words);
    }),
  );
  assert.deepEqual(await listed(), before);
});

test("without compression where that is asked", async () => {
  await folder.write("long.txt", "long ".repeat(10_000));
  const files = ["--serialized-file", at("model.onnx"), "--extra-files", at("long.txt")];
  assert.equal((await pack("--model-name", "plain", ...files, "--archive-format", "zip-store")).code, 0);
  assert.ok((await stat(at("store/plain.mar"))).size > 50_000);
});
