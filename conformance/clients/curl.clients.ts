// curl, as the documentation of each of the three servers uses it, against the built server.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startServer } from "../e2e/running-server.ts";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { builtCommand, writeReferenceModels } from "./built-server.ts";

const run = promisify(execFile);
const missing = spawnSync("curl", ["--version"]).error ? "curl is not installed" : false;

async function curl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("curl", ["--silent", "--show-error", ...args]);
  return stdout;
}

test("curl speaks all three protocols", { skip: missing }, async (t) => {
  await using store = await temporaryFolder();
  await writeReferenceModels(store);
  await using server = await startServer(["--model-store", store.path], { main: builtCommand });

  await t.test("TorchServe: ping, a prediction as JSON, as a form, and an unknown model", async () => {
    assert.deepEqual(JSON.parse(await curl(server.url("torchserve", "/ping"))), { status: "Healthy" });
    const url = server.url("torchserve", "/predictions/wide");
    assert.deepEqual(JSON.parse(await curl("-H", "content-type: application/json", "-d", "[[1.5, 2]]", url)), [
      [1.5, 2],
    ]);
    assert.deepEqual(JSON.parse(await curl("-F", "INPUT0=[[3]]", url)), [[3]]);
    const refusal = await curl("-d", "x", "-w", "%{http_code}", server.url("torchserve", "/predictions/nothing"));
    assert.match(refusal, /"type": "ModelNotFoundException"[\s\S]*Model not found: nothing[\s\S]*404$/);
    assert.match(await curl(server.url("management", "/models")), /"modelName": "simple"/);
  });

  await t.test("Open Inference: health, metadata, and an inference in JSON", async () => {
    assert.equal(await curl("-w", "%{http_code}", server.url("openInference", "/v2/health/ready")), "200");
    const inputs = ["INPUT0", "INPUT1"].map((name, i) => ({
      name,
      shape: [1, 16],
      datatype: "INT32",
      data: new Array(16).fill(i + 1),
    }));
    const answer = JSON.parse(
      await curl("-d", JSON.stringify({ id: "a", inputs }), server.url("openInference", "/v2/models/simple/infer")),
    );
    assert.equal(answer.id, "a");
    assert.deepEqual(answer.outputs[0].data, new Array(16).fill(3));
    assert.deepEqual(answer.outputs[1].data, new Array(16).fill(-1));
  });

  await t.test("TensorFlow Serving: status, metadata, rows and columns", async () => {
    const status = JSON.parse(await curl(server.url("tensorflowServing", "/v1/models/wide")));
    assert.equal(status.model_version_status[0].state, "AVAILABLE");
    const url = server.url("tensorflowServing", "/v1/models/wide:predict");
    assert.deepEqual(JSON.parse(await curl("-d", '{"instances": [[1.0, 2.5]]}', url)), { predictions: [[1, 2.5]] });
    assert.deepEqual(JSON.parse(await curl("-d", '{"inputs": [[1.0], [2.0]]}', url)), { outputs: [[1], [2]] });
    const refusal = await curl(
      "-d",
      '{"instances": [1]}',
      "-w",
      "%{http_code}",
      server.url("tensorflowServing", "/v1/models/x:predict"),
    );
    assert.match(refusal, /Servable not found for request: Latest\(x\)[\s\S]*404$/);
  });

  await t.test("Prometheus finds metrics on each home port", async () => {
    assert.match(await curl(server.url("tritonMetrics", "/metrics")), /nv_inference_request_success\{.*model="simple"/);
    assert.match(await curl(server.url("torchserveMetrics", "/metrics")), /ts_inference_requests_total/);
    assert.match(
      await curl(server.url("tensorflowServing", "/monitoring/prometheus/metrics")),
      /:tensorflow:serving:request_count\{/,
    );
  });
});
