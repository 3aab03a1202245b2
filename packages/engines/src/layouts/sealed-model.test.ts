// Sealed entries of a store over an opener that needs no key: what their names say, and that nothing stays open where a model is refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
