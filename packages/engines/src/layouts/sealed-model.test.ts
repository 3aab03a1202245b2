// Sealed entries of a store over an opener that needs no key: what their names say, and that nothing stays open where a model is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { textOf } from "@sealserve/primitives";
import { pack } from "tar-stream";
import type { ModelFiles } from "../model-files.ts";
import { createStoreScan } from "./scan-model-store.ts";
import { parseSealedFileName } from "./sealed-model.ts";
import type { SealedContent, SealedOpener } from "./sealed-opener.ts";
import { mar, TemporaryStore } from "./testing/temporary-store.ts";

/** Opens every entry as `files`, and counts what is open. */
class FakeOpener implements SealedOpener {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  open = 0;

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.#files = new Map(Object.entries(files));
  }

  openFile = async (): Promise<SealedContent> => this.#content();
  openDirectory = async (): Promise<SealedContent> => this.#content();

  #content(): SealedContent {
    this.open++;
    const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(this.#files.get(name) ?? []);
    const files: ModelFiles = {
      list: () => [...this.#files.keys()],
      size: (name) => this.#files.get(name)?.length ?? null,
      read: async (name) => bytesOf(name),
      path: () => null,
      close: async () => {
        this.open--;
      },
    };
    const random: SealedContent["random"] = async (name) => {
      const bytes = bytesOf(name);
      return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
    };
    return { files, random };
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const never = new AbortController().signal;

async function openFrom(entries: Readonly<Record<string, string>>, model: string, sealed?: SealedOpener) {
  await using store = await TemporaryStore.with(entries);
  const parts = { onProblem: () => {}, ...(sealed ? { sealed } : {}) };
  const versions = (await createStoreScan(store.folder, parts)()).get(model)?.versions ?? [];
  assert.equal(versions.length, 1, `${model} was not found once`);
  return await versions[0]?.item.open(never);
}

describe("the name of a sealed file", () => {
  for (const [entry, expected] of [
    ["m.onnx.age", { name: "m", version: "1", kind: "onnx" }],
    ["m.mar.age", { name: "m", version: "1.0", kind: "mar" }],
    ["a.b@2.1.mar.age", { name: "a.b", version: "2.1", kind: "mar" }],
    ["m.tar.gz.age", { name: "m", version: "1.0", kind: "tar.gz" }],
    ["m@2.0-beta.tgz.age", { name: "m", version: "2.0-beta", kind: "tgz" }],
    ["m.onnx", null],
    ["m.age", null],
    ["@1.mar.age", null],
    ["m@.mar.age", null],
    ["m.onnx.data.age", null],
  ] as const) {
    it(`${entry} is ${expected ? `${expected.name} ${expected.version}` : "none"}`, () =>
      assert.deepEqual(parseSealedFileName(entry), expected));
  }
});

describe("a sealed model", () => {
  it("is laid out as it would be unsealed", async () => {
    const onnx = await openFrom({ "m.onnx.age": "" }, "m", new FakeOpener({ "m.onnx": bytes("m") }));
    assert.deepEqual(onnx?.engine, { kind: "onnx", file: "m.onnx" });
    const packed = mar({ modelName: "m", serializedFile: "x.onnx" }, { "x.onnx": "m" });
    const archive = await openFrom({ "m.mar.age": "" }, "m", new FakeOpener({ "m.mar": packed }));
    assert.deepEqual([archive?.layout, archive?.files.list().length, archive?.memoryOnly], ["model-archive", 2, true]);
    const files = { "config.pbtxt": bytes("max_batch_size: 4"), "2/model.onnx": bytes("m"), "1/model.onnx": bytes("") };
    const triton = await openFrom({ "m/manifest.age": "", "m/2/x": "" }, "m", new FakeOpener(files));
    assert.deepEqual([triton?.layout, triton?.maxBatchSize, triton?.version], ["triton-repository", 4, "2"]);
    assert.deepEqual(triton?.files.list(), ["model.onnx"]);
  });

  it("is refused without an opener, with what to do", async () => {
    await assert.rejects(openFrom({ "m.onnx.age": "" }, "m"), { code: "identity-missing" });
    await assert.rejects(openFrom({ "m/manifest.age": "", "m/1/x": "" }, "m"), { code: "identity-missing" });
  });

  for (const [what, entries, files, code] of [
    ["of another name", { "m.mar.age": "" }, { "m.mar": mar({ modelName: "n" }) }, "label-mismatch"],
    ["that is no archive", { "m.mar.age": "" }, { "m.mar": bytes("?") }, "archive-malformed"],
    ["without its model file", { "m/manifest.age": "", "m/1/x": "" }, { "1/other": bytes("") }, "file-missing"],
    [
      "with a wrong configuration",
      { "m/manifest.age": "", "m/1/x": "" },
      { "config.pbtxt": bytes("{") },
      "config-syntax",
    ],
  ] as const) {
    it(`${what} is refused, and closed again`, async () => {
      const opener = new FakeOpener(files as Readonly<Record<string, Uint8Array>>);
      await assert.rejects(openFrom(entries, "m", opener), { code });
      assert.equal(opener.open, 0);
    });
  }
});

describe("a sealed archive of another form", () => {
  const manifest = JSON.stringify({ runtime: "python", model: { modelName: "m", modelVersion: "2", handler: "h.py" } });

  it("is a folder that holds MAR-INF", async () => {
    const opener = new FakeOpener({ "MAR-INF/MANIFEST.json": bytes(manifest), "h.py": bytes("") });
    const entries = (folder: string) => ({
      [`${folder}/manifest.age`]: "",
      [`${folder}/MAR-INF/MANIFEST.json.age`]: "",
    });
    const definition = await openFrom(entries("m@2"), "m", opener);
    assert.deepEqual([definition?.version, definition?.engine.kind, definition?.memoryOnly], ["2", "python", true]);
    await definition?.files.close?.();
    await assert.rejects(openFrom(entries("m"), "m", opener), { code: "label-mismatch" });
    assert.equal(opener.open, 0);
  });

  it("is a compressed tar, and stays in memory", async () => {
    const tar = pack();
    tar.entry({ name: "any/MAR-INF/MANIFEST.json" }, manifest);
    tar.entry({ name: "any/h.py" }, "pass");
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const opener = new FakeOpener({ "m.tar.gz": gzipSync(Buffer.concat(chunks)) });
    const definition = await openFrom({ "m@2.tar.gz.age": "" }, "m", opener);
    assert.equal(textOf((await definition?.files.read("h.py")) ?? new Uint8Array()), "pass");
    assert.equal(definition?.memoryOnly, true);
    await definition?.files.close?.();
    await assert.rejects(openFrom({ "other@2.tar.gz.age": "" }, "other", opener));
    assert.equal(opener.open, 0);
  });

  it("bears another name where a call says so, and keeps its handler", async () => {
    const opener = new FakeOpener({ "MAR-INF/MANIFEST.json": bytes(manifest), "h.py": bytes(""), "g.py": bytes("") });
    await using store = await TemporaryStore.with({ "m@2/manifest.age": "", "m@2/MAR-INF/x.age": "" });
    const [version] =
      (await createStoreScan(store.folder, { onProblem: () => {}, sealed: opener })()).get("m")?.versions ?? [];
    const definition = await version?.item.open(never, { name: "n" });
    assert.equal(definition?.name, "n");
    await definition?.files.close?.();
    await assert.rejects(async () => version?.item.open(never, { name: "n", handler: "g.py" }), {
      code: "config-unsupported",
    });
    assert.equal(opener.open, 0);
  });
});
