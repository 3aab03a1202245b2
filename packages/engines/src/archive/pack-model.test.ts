// What is packed can be read, is written as torch-model-archiver writes it, and twice the same.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { equalBytes, textOf } from "@sealserve/primitives";
import { readManifest } from "./manifest.ts";
import { openArchive } from "./open-archive.ts";
import { type PackOptions, type PackProgress, packModel } from "./pack-model.ts";
import { readArchive } from "./read-archive.ts";
import { readTarball } from "./read-tarball.ts";

const parts = { now: () => new Date("2026-11-23T08:40:05Z") };

/** Bytes that do not shrink, the same in every run. */
const weights = new Uint8Array(3_000_000);
for (let i = 0, state = 1; i < weights.length; i++) {
  state = (state * 48_271) % 0x7fffffff;
  weights[i] = state;
}

describe("packModel", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);
  const pack = (options: Partial<PackOptions>, name = "ocr") =>
    packModel({ modelName: name, exportPath: at("store"), force: true, ...options }, parts);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pack-"));
    await mkdir(at("extra/nested"), { recursive: true });
    await writeFile(at("model.onnx"), weights);
    await writeFile(at("handler.ts"), "export function handle() {}");
    for (const name of ["steps.py", "net.py", "requirements.txt"]) await writeFile(at(name), "");
    await writeFile(at("config.yaml"), "batchSize: 4\n");
    await writeFile(at("extra/labels.json"), "{}");
    await writeFile(at("extra/nested/deep.txt"), "deep");
    await writeFile(at("zeros.bin"), new Uint8Array(1_000_000));
  });
  after(() => rm(folder, { recursive: true }));

  it("packs a Python handler with its requirements and the class of its model", async () => {
    const { manifest, files } = await pack({
      handler: `${at("steps")}:run`,
      modelFile: at("net.py"),
      requirementsFile: at("requirements.txt"),
    });
    assert.equal(manifest.runtime, "python");
    const { handler, modelFile, requirementsFile } = manifest.model;
    assert.deepEqual([handler, modelFile, requirementsFile], ["steps.py:run", "net.py", "requirements.txt"]);
    assert.deepEqual(files, ["MAR-INF/MANIFEST.json", "net.py", "requirements.txt", "steps.py"]);
    assert.equal((await pack({ handler: "base_handler" })).manifest.runtime, "python");
    assert.equal((await pack({ handler: at("handler.ts"), runtime: "python3" })).manifest.runtime, "python3");
  });

  it("writes the manifest as torch-model-archiver does", async () => {
    const { path } = await pack({
      version: "2.1",
      serializedFile: at("model.onnx"),
      handler: at("handler.ts"),
      configFile: at("config.yaml"),
    });
    const archive = await readArchive(path);
    const expected = {
      createdOn: "23/11/2026 08:40:05",
      runtime: "node",
      model: {
        modelName: "ocr",
        serializedFile: "model.onnx",
        handler: "handler.ts",
        modelVersion: "2.1",
        configFile: "config.yaml",
      },
      archiverVersion: "0.12.0",
    };
    assert.equal(textOf(await archive.read("MAR-INF/MANIFEST.json")), JSON.stringify(expected, null, 2));
    assert.deepEqual(await readManifest(path, archive), expected);
  });

  it("takes extra files, patterns, and the contents of directories", async () => {
    const { files } = await pack({ extraFiles: [at("extra"), at("*.yaml")] });
    assert.deepEqual(files, ["MAR-INF/MANIFEST.json", "config.yaml", "labels.json", "nested/deep.txt"]);
  });

  it("names a built-in handler without packing a file", async () => {
    const { files, manifest } = await pack({ serializedFile: at("model.onnx"), handler: "image_classifier" });
    assert.equal(manifest.model.handler, "image_classifier");
    assert.deepEqual(files, ["MAR-INF/MANIFEST.json", "model.onnx"]);
  });

  it("finds a handler that is named without its extension", async () => {
    assert.equal((await pack({ handler: at("handler") })).manifest.model.handler, "handler.ts");
  });

  it("makes the same bytes of the same files", async () => {
    const options = { serializedFile: at("model.onnx"), extraFiles: [at("extra")] };
    const first = await readFile((await pack(options)).path);
    const second = await readFile((await pack(options)).path);
    assert.ok(equalBytes(first, second));
  });

  it("tells how far it is, up to the last byte", async () => {
    const seen: PackProgress[] = [];
    await packModel(
      { modelName: "told", exportPath: at("store"), serializedFile: at("model.onnx"), extraFiles: [at("extra")] },
      { ...parts, progress: (progress) => seen.push(progress) },
    );
    const total = 3_000_000 + 2 + 4;
    assert.equal(seen.at(-1)?.done, total);
    assert.ok(seen.length > 3);
    assert.ok(seen.every((progress, i) => progress.total === total && progress.done > (seen[i - 1]?.done ?? 0)));
  });

  it("stores what would shrink too much to be read", async () => {
    const { path, size } = await pack({ extraFiles: [at("zeros.bin"), at("extra")] });
    assert.ok(size > 1_000_000);
    assert.deepEqual(await (await readArchive(path)).read("zeros.bin"), new Uint8Array(1_000_000));
  });

  it("stores without compression where that is asked", async () => {
    await writeFile(at("text.txt"), "again ".repeat(1000));
    const stored = await pack({ extraFiles: [at("text.txt")], archiveFormat: "zip-store" });
    const deflated = await pack({ extraFiles: [at("text.txt")] });
    assert.ok(deflated.size < 1000 && stored.size > 6000);
  });

  const refusals: readonly (readonly [string, () => Partial<PackOptions>, string, string?])[] = [
    ["a bad model name", () => ({}), "model-name", "../ocr"],
    ["an empty model name", () => ({}), "model-name", ""],
    ["an archive that is there", () => ({ force: false, handler: at("handler.ts") }), "archive-exists"],
    ["a file that is not there", () => ({ serializedFile: at("none.onnx") }), "file-unreadable"],
    ["a pattern that fits nothing", () => ({ extraFiles: [at("*.none")] }), "file-unreadable"],
    ["a directory as the model", () => ({ serializedFile: at("extra") }), "file-unreadable"],
    ["two files of one name", () => ({ extraFiles: [at("extra/nested"), at("twin")] }), "entry-duplicate"],
    ["a manifest among the files", () => ({ extraFiles: [at("forged")] }), "entry-duplicate"],
  ];
  for (const [what, options, code, name] of refusals) {
    it(`refuses ${what}, and leaves nothing behind`, async () => {
      await mkdir(at("twin"), { recursive: true });
      await writeFile(at("twin/deep.txt"), "another");
      await mkdir(at("forged/MAR-INF"), { recursive: true });
      await writeFile(at("forged/MAR-INF/MANIFEST.json"), "{}");
      await pack({ handler: at("handler.ts") });
      const listed = async () => (await readdir(at("store"))).sort();
      const before = await listed();
      const kept = await readFile(at("store/ocr.mar"));
      await assert.rejects(pack(options(), name), { code });
      assert.deepEqual(await listed(), before);
      assert.ok(equalBytes(await readFile(at("store/ocr.mar")), kept));
    });
  }

  it("packs the same files as a compressed tar, below the model's name", async () => {
    const options = { handler: at("handler.ts"), extraFiles: [at("extra")], archiveFormat: "tgz" } as const;
    const { path, files, size } = await pack(options);
    assert.equal(path, at("store/ocr.tar.gz"));
    const archive = await readTarball(path, { memoryOnly: true });
    assert.deepEqual(archive.list(), files);
    assert.deepEqual(files, ["MAR-INF/MANIFEST.json", "handler.ts", "labels.json", "nested/deep.txt"]);
    assert.equal(textOf(await archive.read("nested/deep.txt")), "deep");
    const first = await readFile(path);
    assert.equal(first.length, size);
    await pack(options);
    assert.ok(equalBytes(await readFile(path), first), "twice the same");
    const zeros = await pack({ extraFiles: [at("zeros.bin"), at("model.onnx")], archiveFormat: "tgz" }, "zeros");
    assert.equal((await readTarball(zeros.path, { memoryOnly: true })).size("zeros.bin"), 1_000_000);
    await assert.rejects(pack({ ...options, force: false }), { code: "archive-exists" });
  });

  it("packs what hardly anything is left of so that a server unpacks it", async () => {
    await writeFile(at("bomb.bin"), new Uint8Array(8_000_000));
    const { path } = await pack({ extraFiles: [at("bomb.bin")], archiveFormat: "tgz" }, "bomb");
    assert.equal((await readTarball(path, { memoryOnly: true })).size("bomb.bin"), 8_000_000);
  });

  it("packs into a folder, and replaces nothing but an archive", async () => {
    const options = { handler: at("handler.ts"), extraFiles: [at("extra")], archiveFormat: "no-archive" } as const;
    const { path, files } = await pack(options, "folder");
    assert.equal(path, at("store/folder"));
    const archive = await openArchive({ form: "folder", path });
    assert.deepEqual([...archive.list()], [...files]);
    await pack({ handler: at("handler.ts"), archiveFormat: "no-archive" }, "folder");
    assert.deepEqual(await readdir(path), ["MAR-INF", "handler.ts"]);
    await assert.rejects(pack({ ...options, force: false }, "folder"), { code: "archive-exists" });
    await mkdir(at("store/mine"), { recursive: true });
    await writeFile(at("store/mine/letter.txt"), "dear");
    await assert.rejects(pack(options, "mine"), { code: "archive-exists" });
    assert.deepEqual(await readdir(at("store/mine")), ["letter.txt"]);
    assert.ok(!(await readdir(at("store"))).some((name) => name.startsWith(".pack-")));
  });
});
