// Model archives from somebody who means harm: each is refused whole with the entry named, nothing is written, and others serve.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { utf8 } from "@sealserve/primitives";
import { identityModel } from "../fixtures/onnx-model.ts";
import { type ZipEntry, zipBytes } from "../fixtures/zip-writer.ts";
import { archiveBytes, archiveEntries } from "./archives.ts";
import { get, json, post } from "./exchange.ts";
import { outputsOf, predict, predictionUrl, protocolNames, refusalOf } from "./predictions.ts";
import { runSealserve } from "./running-server.ts";
import { servedStore } from "./served-store.ts";

const handler = "export const handle = (rows: readonly unknown[]) => rows.map(() => 'loaded');";
const symlinkMode = 0o120777;

/** An archive that would load but for these entries. */
function withEntries(name: string, ...entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  return zipBytes([...archiveEntries({ name, handler }), ...entries]);
}

function cut(bytes: Uint8Array<ArrayBuffer>, from: number, to: number): Uint8Array<ArrayBuffer> {
  return bytes.slice(from, to < 0 ? bytes.length + to : to);
}

const zeros = new Uint8Array(1 << 20);
const hundredThousand = Array.from({ length: 100_000 }, (_, i): ZipEntry => ({ name: `f${i}`, stored: true }));

/** By the file's name: its bytes, and what the reason of the refusal must hold. */
const hostile: Readonly<Record<string, { readonly bytes: () => Uint8Array<ArrayBuffer>; readonly says: string }>> = {
  climbs: { bytes: () => withEntries("climbs", { name: "../escaped.txt", data: "x" }), says: '"../escaped.txt"' },
  "climbs-inside": { bytes: () => withEntries("climbs-inside", { name: "a/../../escaped.txt" }), says: "escaped.txt" },
  absolute: {
    bytes: () => withEntries("absolute", { name: "/tmp/escaped.txt", data: "x" }),
    says: '"/tmp/escaped.txt"',
  },
  backslash: { bytes: () => withEntries("backslash", { name: "..\\escaped.txt" }), says: "escaped.txt" },
  drive: { bytes: () => withEntries("drive", { name: "C:/escaped.txt" }), says: '"C:/escaped.txt"' },
  link: {
    bytes: () => withEntries("link", { name: "link.txt", data: "/etc/passwd", mode: symlinkMode }),
    says: '"link.txt" is a symbolic link',
  },
  device: { bytes: () => withEntries("device", { name: "null", mode: 0o020666 }), says: '"null"' },
  fifo: { bytes: () => withEntries("fifo", { name: "pipe", mode: 0o010666 }), says: '"pipe"' },
  socket: { bytes: () => withEntries("socket", { name: "sock", mode: 0o140666 }), says: '"sock"' },
  nul: { bytes: () => withEntries("nul", { name: "handler.ts\u0000.txt" }), says: "handler.ts" },
  twice: {
    bytes: () => withEntries("twice", { name: "x.txt", data: "1" }, { name: "x.txt", data: "2" }),
    says: '"x.txt"',
  },
  "twice-in-case": { bytes: () => withEntries("twice-in-case", { name: "HANDLER.TS", data: "2" }), says: "HANDLER.TS" },
  "file-and-folder": { bytes: () => withEntries("file-and-folder", { name: "handler.ts/x.txt" }), says: "handler.ts" },
  "local-name": {
    bytes: () => withEntries("local-name", { name: "plain.txt", localClaims: { name: "other.txt" } }),
    says: "plain.txt",
  },
  "claims-less": {
    bytes: () => withEntries("claims-less", { name: "bomb.bin", data: zeros, claims: { size: 10_000 } }),
    says: '"bomb.bin"',
  },
  "claims-more": {
    bytes: () => withEntries("claims-more", { name: "less.bin", data: "abc", claims: { size: 100 } }),
    says: '"less.bin"',
  },
  "claims-terabytes": {
    bytes: () =>
      withEntries("claims-terabytes", {
        name: "huge.bin",
        data: "abc",
        claims: { size: 0xfffffff0, packedSize: 0x7ffffff0 },
      }),
    says: "huge.bin",
  },
  checksum: {
    bytes: () => withEntries("checksum", { name: "bent.bin", data: "abc", claims: { checksum: 1 } }),
    says: '"bent.bin"',
  },
  ratio: { bytes: () => withEntries("ratio", { name: "zeros.bin", data: zeros }), says: '"zeros.bin"' },
  overlap: {
    bytes: () => withEntries("overlap", { name: "handler2.ts", sharesBytesWith: 2, data: handler }),
    says: "handler",
  },
  encrypted: {
    bytes: () => withEntries("encrypted", { name: "hidden.bin", data: "abc", claims: { flags: 0x801 } }),
    says: '"hidden.bin"',
  },
  method: {
    bytes: () => withEntries("method", { name: "odd.bin", data: "abc", claims: { method: 93 } }),
    says: '"odd.bin"',
  },
  entries: {
    bytes: () =>
      zipBytes([...archiveEntries({ name: "entries", handler }), ...hundredThousand], { entryCount: 0xffff }),
    says: "entries",
  },
  "no-manifest": { bytes: () => zipBytes([{ name: "handler.ts", data: handler }]), says: "MAR-INF/MANIFEST.json" },
  "bad-manifest": {
    bytes: () => zipBytes([{ name: "MAR-INF/MANIFEST.json", data: '{"model":{' }]),
    says: "MAR-INF/MANIFEST.json",
  },
  "no-handler": {
    bytes: () => zipBytes(archiveEntries({ name: "no-handler", handler }).filter(({ name }) => name !== "handler.ts")),
    says: "handler.ts",
  },
  "not-a-zip": { bytes: () => new Uint8Array(utf8("not a zip archive at all")), says: "zip" },
  empty: { bytes: () => new Uint8Array(0), says: "zip" },
  "cut-off": { bytes: () => cut(archiveBytes({ name: "cut-off", handler }), 0, -30), says: "zip" },
  "cut-before": { bytes: () => cut(archiveBytes({ name: "cut-before", handler }), 20, -0), says: "zip" },
};

const served = servedStore({
  write: async (store) => {
    await store.write("models/good.mar", archiveBytes({ name: "good", handler }));
    await store.write("models/line.onnx", identityModel());
    for (const [name, { bytes }] of Object.entries(hostile)) await store.write(`models/${name}.mar`, bytes());
  },
  folder: "models",
});

test("every hostile archive is listed as refused, with its entry and the cause (G1)", async () => {
  const url = served.server.url("openInference", "");
  const { stdout } = await runSealserve(["models", "--json", "--url", url]);
  const listed: readonly { name: string; state: string; reason?: string }[] = JSON.parse(stdout);
  const index = json(await post(served.server.url("openInference", "/v2/repository/index"), "")) as typeof listed;
  for (const [name, { says }] of Object.entries(hostile)) {
    const status = listed.find((each) => each.name === name);
    assert.ok(status, `${name} is not listed`);
    assert.equal(status.state, "end", name);
    assert.ok(status.reason?.includes(says), `${says} is not in: ${status.reason}`);
    assert.ok(status.reason?.includes(`${name}.mar`), status.reason);
    assert.equal(index.find((each) => each.name === name)?.reason, status.reason);
  }
  assert.equal(listed.length, Object.keys(hostile).length + 2);
});

test("TorchServe describes each as unhealthy", async () => {
  for (const name of Object.keys(hostile)) {
    const [model] = json(await get(served.server.url("management", `/models/${name}`))) as { status: string }[];
    assert.equal(model?.status, "Unhealthy", name);
  }
});

for (const protocol of protocolNames) {
  test(`${protocol}: a prediction says why there is no such model, entry and all`, async () => {
    const answer = await post(predictionUrl(served.server, protocol, "climbs"), '{"inputs":[]}');
    assert.ok([404, 503].includes(answer.status), answer.text);
    assert.ok(refusalOf(protocol, answer).includes('"../escaped.txt"'), answer.text);
  });
}

test("the others serve", async () => {
  assert.equal((await post(served.server.url("torchserve", "/predictions/good"), "x")).text, "loaded");
  for (const protocol of protocolNames) {
    const answer = await predict(served.server, protocol, "line", { input: { values: [[1, 2, 3, 4]] } });
    assert.deepEqual(outputsOf(protocol, answer, "output"), { output: [1, 2, 3, 4] });
  }
});

test("nothing was written: neither into the store, nor beside it, nor anywhere an entry points to", async () => {
  const found = await readdir(served.store.path, { recursive: true });
  const expected = [...Object.keys(hostile), "good"].map((name) => `models/${name}.mar`);
  assert.deepEqual(found.sort(), ["models", "models/line.onnx", ...expected].sort());
  const above = await readdir(dirname(served.store.path));
  assert.ok(!above.some((name) => name.includes("escaped")));
});
