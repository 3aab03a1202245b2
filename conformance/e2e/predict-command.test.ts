// `sealserve predict` and `sealserve models` against a running server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { addModel, identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { runSealserve } from "./running-server.ts";
import { servedStore } from "./served-store.ts";

/** Tells the size of the image it was given. */
const handler = `
import sharp from "sharp";
export async function handle(rows) {
  return Promise.all(rows.map(async (row) => {
    const { width, height, format } = await sharp(row.data.bytes).metadata();
    return { width, height, format };
  }));
}
`;

const served = servedStore({
  folder: "models",
  write: async (store) => {
    await store.write("models/line/1/model.onnx", identityModel());
    await store.write("models/line/2/model.onnx", identityModel("FP32", ["batch", 2]));
    await store.write("models/pair.onnx", addModel());
    await store.write("models/wide.onnx", identityModel("FP32", ["rows", "columns"]));
    await store.write("models/image.mar", archiveBytes({ name: "image", handler }));
    await store.write("models/broken.onnx", "no model");
    await store.write("row.json", "[[5, 6]]");
    await store.write("row.bin", new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  },
});

const image = join(import.meta.dirname, "../../examples/document-reading/images/patient-record.png");
const at = (name: string): string => join(served.store.path, name);
const run = (...args: readonly string[]) => runSealserve([...args, "--url", served.server.url("openInference", "")]);

/** The answer on stdout, as JSON. */
async function answered(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run("predict", ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test("inputs as JSON, from a file, and as raw bytes with and without a shape", async () => {
  assert.deepEqual(await answered("line", "--input", "input=[[1, 2]]"), [[1, 2]]);
  assert.deepEqual(await answered("line", "--input", `input=@${at("row.json")}`), [[5, 6]]);
  assert.deepEqual(await answered("line", at("row.json")), [[5, 6]]);
  assert.deepEqual(await answered("line", at("row.bin")), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(await answered("wide", at("row.bin"), "--shape", "input=4,1"), [[1], [2], [3], [4]]);
});

test("versions and outputs are chosen", async () => {
  const inputs = ["--input", "a=[[1, 2, 3, 4]]", "--input", "b=[[1, 1, 1, 1]]"];
  assert.deepEqual(await answered("pair", ...inputs), { sum: [[2, 3, 4, 5]], difference: [[0, 1, 2, 3]] });
  assert.deepEqual(await answered("pair", ...inputs, "--output", "difference"), [[0, 1, 2, 3]]);
  const gone = await run("predict", "line", "--model-version", "1", "--input", "input=[[1, 2]]");
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /line.*1/);
});

test("--any asks the first model that takes tensors, with zeros", async () => {
  const { code, stdout, stderr } = await run("predict", "--any");
  assert.deepEqual([code, stderr], [0, "line, version 2, was asked with zeros\n"]);
  assert.deepEqual(JSON.parse(stdout), [[0, 0]]);
});

test("an image to a handler, and its answer into a file", async () => {
  const found = (await answered("image", image)) as Record<string, unknown>;
  assert.equal(found["format"], "png");
  const { code, stdout } = await run("predict", "image", image, "--out", at("answer.json"));
  assert.deepEqual([code, stdout], [0, ""]);
  assert.deepEqual(JSON.parse(await readFile(at("answer.json"), "utf8")), found);
});

describe("what is wrong is told in one sentence, and the code is 1:", { concurrency: 3 }, () => {
  for (const [args, words] of [
    ["none --input x=[1]", /no model 'none'/],
    ["line --input inptu=[[1,2]]", /'inptu'.*'input'/],
    ["line --input input=[[1,2", /'?input'?/],
    ["line --input input=[[1,2,3]]", /'input'.*\[-1, ?2\].*\[1, ?3\]/],
    ["line --input input", /NAME=VALUE/],
    ["line DIR/none.json", /none\.json/],
    ["wide DIR/row.bin", /--shape input=N,N/],
    ["wide DIR/row.bin --shape input=3,1", /12.*16/],
    ["wide DIR/row.bin --shape input=four", /four/],
    ["pair DIR/row.json", /'a', 'b'/],
    ["broken DIR/row.json", /broken.*cannot be loaded/],
    ["line --input input=[[1,2]] --output none", /'none'/],
    ["line --input input=[[1,2]] --ca DIR/none.pem", /--ca.*none\.pem/],
  ] as const) {
    it(args, async () => {
      const given = args.split(" ").map((arg) => arg.replace("DIR", served.store.path));
      assertRefused(await run("predict", ...given), words);
    });
  }

  for (const [url, words] of [
    ["http://127.0.0.1:1", /127\.0\.0\.1:1/],
    ["nowhere", /nowhere/],
    ["ftp://127.0.0.1", /ftp/],
  ] as const) {
    it(`--url ${url}`, async () => assertRefused(await runSealserve(["models", "--url", url]), words));
  }
});

function assertRefused({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>, words: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, words);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
}

test("models lists every version with its state and the cause, as a table and as JSON", async () => {
  const table = await run("models");
  assert.equal(table.code, 0);
  const lines = table.stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^MODEL +VERSION +STATE +REASON$/);
  for (const line of [/^broken +1 +end +.*cannot be loaded/, /^image +1\.0 +available$/, /^line +2 +available$/])
    assert.ok(
      lines.some((each) => line.test(each)),
      table.stdout,
    );
  const found = JSON.parse((await run("models", "--json")).stdout) as { name: string; state: string }[];
  assert.deepEqual(found.map(({ name }) => name).sort(), ["broken", "image", "line", "pair", "wide"]);
});
