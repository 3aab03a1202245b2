// Model archives that are no zip, under other names and with other handlers than they say, and those from which nothing can be loaded.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { textOf } from "@sealserve/primitives";
import { pack } from "tar-stream";
import { createStoreScan } from "./scan-model-store.ts";
import type { OpenedAs, ScannedVersion } from "./scanned-model.ts";
import { mar, TemporaryStore } from "./testing/temporary-store.ts";

const { signal } = new AbortController();
const manifest = (model: object, runtime = "python"): string => JSON.stringify({ runtime, model });
const python = { modelName: "m", modelVersion: "2.0-beta", handler: "handler.py" };

async function tgz(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, data] of Object.entries(files)) tar.entry({ name: `m/${name}` }, data);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** All versions in the store, those by entry included, as `name version location`. */
async function scanned(store: TemporaryStore): Promise<ReadonlyMap<string, ScannedVersion>> {
  const scan = createStoreScan(store.folder, { onProblem: () => {}, duplicates: "by-entry" });
  const found = [...(await scan())].flatMap(([name, { versions, others = [] }]) =>
    [...versions, ...others].map(
      (each) => [`${name} ${each.version} ${each.item.location.split("/").at(-1)}`, each] as const,
    ),
  );
  return new Map(found);
}

async function opened(store: TemporaryStore, which: string, as?: OpenedAs) {
  const found = (await scanned(store)).get(which);
  assert.ok(found, which);
  return found.item.open(signal, as);
}

describe("an archive", () => {
  const files = { "handler.py": "def handle(data, context): pass", "sub/extra": "extra" };

  it("is a folder with a manifest, or a compressed tar", async () => {
    const folder = Object.entries({ ...files, "MAR-INF/MANIFEST.json": manifest(python) });
    await using store = await TemporaryStore.with({
      ...Object.fromEntries(folder.map(([name, data]) => [`any-name/${name}`, data])),
      "a.tar.gz": await tgz({ ...files, "MAR-INF/MANIFEST.json": manifest({ ...python, modelVersion: "1.0" }) }),
      "b.tgz": await tgz({ "MAR-INF/MANIFEST.json": manifest({ ...python, modelVersion: "3" }), ...files }),
    });
    assert.deepEqual(await store.found(), { m: ["2.0-beta", "1.0", "3"] });
    for (const which of ["m 1.0 a.tar.gz", "m 3 b.tgz", "m 2.0-beta any-name"]) {
      const definition = await opened(store, which);
      assert.equal(definition.engine.kind, "python");
      assert.deepEqual([...definition.files.list()].sort(), ["MAR-INF/MANIFEST.json", "handler.py", "sub/extra"]);
      assert.equal(textOf(await definition.files.read("sub/extra")), "extra");
      await definition.files.close?.();
    }
  });

  it("bears another name, and has another handler and runtime, where a call says so", async () => {
    const archive = mar(python, { "handler.py": "", "other.py": "" }, "python");
    await using store = await TemporaryStore.with({ "m.mar": archive });
    const definition = await opened(store, "m 2.0-beta m.mar", {
      name: "n",
      handler: "other.py:run",
      runtime: "python3",
    });
    assert.deepEqual(
      [definition.name, definition.engine],
      ["n", { kind: "python", handler: "other.py:run", serializedFile: null, envelope: null, requirementsFile: null }],
    );
    await assert.rejects(opened(store, "m 2.0-beta m.mar", { handler: "none.py" }), { code: "file-missing" });
    await assert.rejects(opened(store, "m 2.0-beta m.mar", { runtime: "LSP" }), { code: "runtime-unsupported" });
  });

  it("takes no handler from outside of itself, whoever names it (G4)", async () => {
    await using store = await TemporaryStore.with({ "m.mar": mar(python, { "handler.py": "" }, "python") });
    for (const handler of ["../handler.py", "a/../../../tmp/handler.py", "/tmp/handler.py", "x:/tmp/evil/handler.py"]) {
      await assert.rejects(opened(store, "m 2.0-beta m.mar", { handler }), { code: "file-missing" }, handler);
    }
  });

  it("needs no manifest, and no name, where a call gives what they would say", async () => {
    await using store = await TemporaryStore.with({
      "bare.tgz": await tgz(files),
      "nameless.mar": mar({ handler: "handler.py" }, files, "python"),
      "second.mar": mar({ handler: "handler.py", modelVersion: "2.0" }, files, "python"),
      "third.tgz": await tgz({ ...files, "MAR-INF/MANIFEST.json": manifest({ modelVersion: "3.0" }) }),
    });
    for (const [which, code, version] of [
      ["bare 1.0 bare.tgz", "manifest-missing", "1.0"],
      ["nameless 1.0 nameless.mar", "manifest-malformed", "1.0"],
      ["second 2.0 second.mar", "manifest-malformed", "2.0"],
      ["third 3.0 third.tgz", "manifest-malformed", "3.0"],
    ] as const) {
      await assert.rejects(opened(store, which), { code });
      const definition = await opened(store, which, { name: "n", handler: "handler.py" });
      assert.deepEqual([definition.name, definition.version, definition.engine.kind], ["n", version, "python"]);
      await definition.files.close?.();
    }
  });

  it("that holds what another one holds is found by its entry", async () => {
    const twin = (handler: string) => mar({ modelName: "m", handler }, { "a.ts": "", "b.ts": "" });
    await using store = await TemporaryStore.with({ "a.mar": twin("a.ts"), "b.mar": twin("b.ts") });
    assert.deepEqual([...(await scanned(store)).keys()], ["m 1.0 a.mar", "m 1.0 b.mar"]);
    const { engine } = await opened(store, "m 1.0 b.mar");
    assert.ok(engine.kind === "handler" && engine.handler === "b.ts");
  });
});

describe("an archive from which nothing can be loaded", () => {
  it("says why in the store's list", async () => {
    await using store = await TemporaryStore.with({
      "none.mar": "no zip",
      "none.tgz": "no gzip",
      "bare.tar.gz": await tgz({}),
      "json.tgz": await tgz({ "MAR-INF/MANIFEST.json": "{" }),
      "nameless.mar": mar({}),
      "form.mar": mar({ modelName: "form", handler: 7 }),
      "runtime.mar": mar({ modelName: "runtime" }, {}, "perl"),
      "climbs.mar": mar({ modelName: "climbs" }, { "../x": "" }),
      "good.mar": mar({ modelName: "good", handler: "h.ts" }, { "h.ts": "" }),
    });
    const faults = [...(await scanned(store))].map(([which, { fault }]) => [which.split(" ").at(-1), fault]);
    assert.deepEqual(Object.fromEntries(faults), {
      "none.mar": "unreadable",
      "none.tgz": "unreadable",
      "bare.tar.gz": "no-manifest",
      "json.tgz": "bad-manifest",
      "nameless.mar": "no-name",
      "form.mar": "bad-manifest",
      "runtime.mar": "bad-runtime",
      "climbs.mar": "unsafe",
      "good.mar": undefined,
    });
  });
});

describe("another layout", () => {
  it("bears another name, and has no handler", async () => {
    await using store = await TemporaryStore.with({
      "m.onnx": "x",
      "f/config.pbtxt": 'backend: "identity"',
      "f/1/x": "",
    });
    assert.equal((await opened(store, "m 1 m.onnx", { name: "n" })).name, "n");
    assert.equal((await opened(store, "f 1 1", { name: "n" })).name, "n");
    for (const which of ["m 1 m.onnx", "f 1 1"]) {
      await assert.rejects(opened(store, which, { handler: "h.ts" }), { code: "config-unsupported" });
    }
  });
});
