// ONNX files that cannot be loaded: each fails with the engine's reason, weights stay inside their folder, and others load.
import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeOnnxModel } from "../fixtures/onnx-graph.ts";
import { externalDataModel, externalWeights, identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { json, post } from "./exchange.ts";
import { outputsOf, predict, protocolNames } from "./predictions.ts";
import { servedStore } from "./served-store.ts";

const value = { datatype: "FP32", shape: ["batch", 4] } as const;

const unknownOperator = encodeOnnxModel({
  inputs: [{ name: "input", ...value }],
  outputs: [{ name: "output", ...value }],
  nodes: [{ op: "NoSuchOperator", inputs: ["input"], outputs: ["output"] }],
});

/** Each file of the store, and what the reason of its failure must hold. */
const broken: Readonly<
  Record<string, { readonly file: string; readonly bytes: Uint8Array | string; readonly says: RegExp }>
> = {
  text: { file: "text.onnx", bytes: "not a model", says: /cannot be loaded: .*protobuf/i },
  empty: { file: "empty.onnx", bytes: "", says: /cannot be loaded/ },
  cut: { file: "cut/1/model.onnx", bytes: identityModel().slice(0, 40), says: /cannot be loaded/ },
  operator: { file: "operator/1/model.onnx", bytes: unknownOperator, says: /cannot be loaded: .*NoSuchOperator/ },
  above: {
    file: "above/1/model.onnx",
    bytes: externalDataModel("../../secret.bin"),
    says: /escapes.*\.\.\/\.\.\/secret\.bin/,
  },
  absolute: { file: "absolute/1/model.onnx", bytes: externalDataModel("/etc/hostname"), says: /absolute path/i },
  linked: { file: "linked/1/model.onnx", bytes: externalDataModel("weights.bin"), says: /weights\.bin/ },
  missing: { file: "missing/1/model.onnx", bytes: externalDataModel("gone.bin"), says: /does not exist.*gone\.bin/ },
  short: { file: "short/1/model.onnx", bytes: externalDataModel("short.bin"), says: /short\.bin|cannot be loaded/ },
  packed: {
    file: "packed.mar",
    bytes: archiveBytes({ name: "packed", serializedFile: externalDataModel("../secret.bin") }),
    says: /secret\.bin/,
  },
};

const served = servedStore({
  folder: "models",
  write: async (store) => {
    await store.write("models/line.onnx", identityModel());
    await store.write("models/heavy/1/model.onnx", externalDataModel("weights.bin"));
    await store.write("models/heavy/1/weights.bin", externalWeights);
    for (const { file, bytes } of Object.values(broken)) await store.write(`models/${file}`, bytes);
    const secret = await store.write("secret.bin", externalWeights);
    await store.write("models/short/1/short.bin", externalWeights.subarray(0, 8));
    await symlink(secret, join(store.path, "models/linked/1/weights.bin"));
  },
});

test("each fails with a reason that names what is wrong", async () => {
  const index = json(await post(served.server.url("openInference", "/v2/repository/index"), "")) as {
    readonly name: string;
    readonly state: string;
    readonly reason?: string;
  }[];
  for (const [name, { says }] of Object.entries(broken)) {
    const entry = index.find((each) => each.name === name);
    assert.equal(entry?.state, "UNAVAILABLE", name);
    assert.match(entry.reason ?? "", says, name);
  }
});

for (const protocol of protocolNames) {
  test(`${protocol}: the others answer, with weights that lie in their folder too`, async () => {
    for (const [model, output] of [
      ["line", [0, 0, 0, 0]],
      ["heavy", [1, 2, 3, 4]],
    ] as const) {
      const answer = await predict(served.server, protocol, model, { input: { values: [[0, 0, 0, 0]] } });
      assert.deepEqual(outputsOf(protocol, answer, "output"), { output });
    }
  });
}
