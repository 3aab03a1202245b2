// What is served is what was measured: every file that shapes a model counts, its configuration too.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { identityModel } from "@sealserve/conformance/fixtures/onnx-model";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

/** The digest of the model set over a store of these files, and what told of its changes. */
async function digestOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const modelStore = await mkdtemp(join(tmpdir(), "sealserve-measured-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(modelStore, name)), { recursive: true });
      await writeFile(join(modelStore, name), content);
    }
    let told = 0;
    const parts = {
      clock: systemClock(),
      logger: silentLogger(),
      measured: { modelCode: [] },
      onModelSetChanged: () => told++,
    } as const;
    await using backend = await startBackend(backendConfig.parse({ modelStore, pollInterval: 0 }), parts);
    await backend.settled();
    const available = (await backend.service.list()).filter(({ state }) => state === "available");
    assert.equal(available.length, 1, JSON.stringify(await backend.service.list()));
    assert.equal(told, 1);
    return Buffer.from(backend.modelSetDigest()).toString("hex");
  } finally {
    await rm(modelStore, { recursive: true, force: true });
  }
}

const config = 'backend: "onnxruntime"\nmax_batch_size: 4\n';
const onnx = new Uint8Array(identityModel());

test("the configuration of a Triton model is part of what evidence names", async () => {
  const first = await digestOf({ "m/config.pbtxt": config, "m/1/model.onnx": onnx });
  assert.equal(await digestOf({ "m/config.pbtxt": config, "m/1/model.onnx": onnx }), first);
  assert.notEqual(await digestOf({ "m/config.pbtxt": `${config}# x\n`, "m/1/model.onnx": onnx }), first);
  assert.notEqual(await digestOf({ "m/1/model.onnx": onnx }), first);
});

test("a file of that name among the version's is another one", async () => {
  const beside = await digestOf({ "m/config.pbtxt": config, "m/1/model.onnx": onnx });
  const both = await digestOf({ "m/config.pbtxt": config, "m/1/model.onnx": onnx, "m/1/config.pbtxt": config });
  assert.notEqual(both, beside);
});

test("other files of a version count, whatever their names", async () => {
  const first = await digestOf({ "m/1/model.onnx": onnx });
  assert.notEqual(await digestOf({ "m/1/model.onnx": onnx, "m/1/labels.txt": "a" }), first);
});
