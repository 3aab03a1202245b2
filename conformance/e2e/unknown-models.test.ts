// Models and versions that there are not, or that failed to load: each protocol's own refusal, and the cause where models are listed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { type Answer, get, json, post } from "./exchange.ts";
import { type ProtocolName, predict, protocolNames, refusalOf } from "./predictions.ts";
import { runSealserve } from "./running-server.ts";
import { servedStore } from "./served-store.ts";

/** `line` has version 1; `broken` failed to load. */
const served = servedStore({
  write: async (store) => {
    await store.write("line/1/model.onnx", identityModel());
    await store.write("broken/1/model.onnx", "not a model");
  },
});

const ask = (protocol: ProtocolName, model: string): Promise<Answer> =>
  predict(served.server, protocol, model, { input: { values: [[1, 2, 3, 4]] } });

const sentences: Readonly<Record<ProtocolName, Readonly<Record<"model" | "version", string>>>> = {
  torchserve: { model: "Model not found: none", version: "Model version: 7 does not exist for model: line" },
  openInference: {
    model: "Request for unknown model: 'none' is not found",
    version: "Request for unknown model: 'line' version 7 is not found",
  },
  tensorflowServing: {
    model: "Servable not found for request: Latest(none)",
    version: "Servable not found for request: Specific(line, 7)",
  },
};

for (const protocol of protocolNames) {
  test(`${protocol}: an unknown model and an unknown version are not found`, async () => {
    for (const [model, kind] of [
      ["none", "model"],
      ["line/7", "version"],
    ] as const) {
      const answer = await ask(protocol, model);
      assert.equal(answer.status, 404);
      assert.equal(refusalOf(protocol, answer), sentences[protocol][kind]);
    }
  });

  test(`${protocol}: a model that failed to load says why, and others serve`, async () => {
    const answer = await ask(protocol, "broken");
    assert.ok([404, 503].includes(answer.status), `${answer.status}`);
    assert.match(refusalOf(protocol, answer), /'?broken'?.*cannot be loaded: .*(protobuf|not an ONNX)/is);
    assert.equal((await ask(protocol, "line")).status, 200);
  });
}

test("names that lead elsewhere are names of no model (G11)", async () => {
  for (const name of ["..", "%2e%2e%2fline", "line%00", "__proto__", "constructor", "x".repeat(5000)]) {
    for (const protocol of protocolNames) {
      const { status } = await ask(protocol, name);
      assert.ok(status >= 400 && status < 500, `${protocol} ${name}: ${status}`);
    }
  }
});

test("the repository index has the state and the cause", async () => {
  const answer = json(await post(served.server.url("openInference", "/v2/repository/index"), ""));
  const broken = (answer as Record<string, unknown>[]).find(({ name }) => name === "broken");
  assert.equal(broken?.["state"], "UNAVAILABLE");
  assert.match(String(broken?.["reason"]), /cannot be loaded/);
});

test("TensorFlow Serving's status has the state and the cause", async () => {
  const answer = json(await get(served.server.url("tensorflowServing", "/v1/models/broken"))) as {
    model_version_status: readonly { state: string; status: { error_code: string; error_message: string } }[];
  };
  const [version] = answer.model_version_status;
  assert.equal(version?.state, "END");
  assert.notEqual(version?.status.error_code, "OK");
  assert.match(version?.status.error_message ?? "", /cannot be loaded/);
});

test("TorchServe describes the model as unhealthy, and pings so", async () => {
  const [broken] = json(await get(served.server.url("management", "/models/broken"))) as Record<string, unknown>[];
  assert.equal(broken?.["status"], "Unhealthy");
  assert.equal((await get(served.server.url("torchserve", "/ping"))).status, 500);
});

test("Open Inference says that the model is not ready, and the other is", async () => {
  const ready = async (model: string): Promise<number> =>
    (await get(served.server.url("openInference", `/v2/models/${model}/ready`))).status;
  assert.deepEqual([await ready("line"), await ready("broken"), await ready("none")], [200, 404, 404]);
});

test("the ready line and `sealserve models` have the state and the cause", async () => {
  const inReadyLine = served.server.ready.models.find(({ name }) => name === "broken");
  assert.equal(inReadyLine?.state, "end");
  const url = served.server.url("openInference", "");
  const { code, stdout } = await runSealserve(["models", "--url", url]);
  assert.equal(code, 0);
  assert.match(stdout, /^line +1 +available$/m);
  assert.match(stdout, /^broken +1 +(end|unavailable) +.*cannot be loaded/m);
});
