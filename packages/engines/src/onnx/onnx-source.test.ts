// Weights apart from their model: found inside the model, refused outside of it.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { bytesOf, typedValues } from "@sealserve/inference";
import { memoryFiles, modelDefinition } from "../../../../conformance/fixtures/model-definition.ts";
import { externalDataModel, externalWeights } from "../../../../conformance/fixtures/onnx-model.ts";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelFiles } from "../model-files.ts";
import { openOnnxSession } from "./onnx-session.ts";
import { readOnnxSource } from "./onnx-source.ts";

const loadCode = (code: string) => (error: unknown) => error instanceof EngineLoadError && error.code === code;

/** What the model of {@link externalDataModel} answers to zeros: its weights. */
async function weightsOf(files: ModelFiles, file = "model.onnx"): Promise<number[]> {
  const parts = { model: "m", now: () => performance.now(), native: <T>(work: () => Promise<T>) => work() };
  const session = await openOnnxSession(await readOnnxSource("m", file, files), modelDefinition().onnx, parts);
  const bytes = bytesOf(new Float32Array(4));
  const { outputs } = await session.run([{ name: "input", datatype: "FP32", shape: [1, 4], bytes }], null);
  await session.close();
  return [...(typedValues("FP32", outputs[0]?.bytes ?? new Uint8Array()) as Float32Array)];
}

describe("weights of a model on disk", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "onnx-"));
    await mkdir(join(folder, "model"));
    await writeFile(join(folder, "outside.bin"), externalWeights);
    await writeFile(join(folder, "model/inside.bin"), externalWeights);
    await symlink("../outside.bin", join(folder, "model/link.bin"));
  });
  after(() => rm(folder, { recursive: true }));

  async function filesNaming(location: string): Promise<ModelFiles> {
    await writeFile(join(folder, "model/model.onnx"), externalDataModel(location));
    return { ...memoryFiles({}), path: (name) => join(folder, "model", name) };
  }

  it("are found beside it", async () => {
    assert.deepEqual(await weightsOf(await filesNaming("inside.bin")), [1, 2, 3, 4]);
  });

  for (const location of ["../outside.bin", "link.bin", "missing.bin", "/etc/hostname", "x/../../outside.bin"]) {
    it(`are refused at '${location}'`, async () => {
      await assert.rejects(weightsOf(await filesNaming(location)), loadCode("load-failed"));
    });
  }
});

describe("weights of a model in memory", () => {
  it("are found among its files, relative to the model's own", async () => {
    const files = memoryFiles({ "a/model.onnx": externalDataModel("parts/../w.bin"), "a/w.bin": externalWeights });
    assert.deepEqual(await weightsOf(files, "a/model.onnx"), [1, 2, 3, 4]);
  });

  for (const location of ["../outside.bin", "package.json", "/etc/hostname", "x/../../outside.bin", "", ".."]) {
    it(`are refused at '${location}'`, async () => {
      const files = memoryFiles({ "model.onnx": externalDataModel(location) });
      await assert.rejects(weightsOf(files), loadCode("external-data"));
    });
  }

  it("are not looked for in what is no model", async () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), Uint8Array.of(0x3a, 0x7f)]) {
      await assert.rejects(weightsOf(memoryFiles({ "model.onnx": bytes })), loadCode("load-failed"));
    }
    await assert.rejects(weightsOf(memoryFiles({})), loadCode("load-failed"));
  });
});
