// TensorFlow Serving's status, metadata and metrics, and what its paths refuse.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { floats, identityModel, strings } from "@sealserve/conformance/fixtures/tensor-models";
import { tensorflowServing } from "./index.ts";
import { printedVersion } from "./version-text.ts";

const model = identityModel("m", [floats, strings], "1.0");
const service = new ModelService([
  {
    ...model,
    statuses: [
      { name: "m", version: "1.0", state: "available" },
      { name: "m", version: "beta", state: "loading" },
      { name: "m", version: "0", state: "end", reason: "no such file" },
    ],
  },
  {
    ...identityModel("broken", [floats]),
    statuses: [{ name: "broken", version: "1", state: "end", reason: "no such file" }],
  },
]);
const protocol = tensorflowServing({ service, metrics: async () => "# metrics\n", pause: async () => {} });

async function get(target: string) {
  return ask(protocol, "GET", target);
}

const known = [
  { version: "1", state: "AVAILABLE", status: { error_code: "OK", error_message: "" } },
  { version: "beta", state: "LOADING", status: { error_code: "OK", error_message: "" } },
  { version: "0", state: "END", status: { error_code: "UNKNOWN", error_message: "no such file" } },
];

describe("GET status", () => {
  it("gives every version, or one by its number", async () => {
    assert.deepEqual(json(await get("/v1/models/m")), { model_version_status: known });
    assert.deepEqual(json(await get("/v1/models/m/versions/1")), { model_version_status: known.slice(0, 1) });
    assert.ok(text(await get("/v1/models/m")).startsWith('{\n "model_version_status": [\n  {\n   "version": "1",\n'));
  });

  for (const [target, status, error] of [
    ["/v1/models", 400, "Missing model name in request."],
    ["/v1/models/none", 404, "Could not find any versions of model none"],
    ["/v1/models/none/versions/1", 404, "Could not find version 1 of model none"],
    ["/v1/models/m/versions/9", 404, "Could not find version 9 of model m"],
    ["/v1/models/m/labels/stable", 400, "Unrecognized servable version label: stable"],
    ["/v1/models/m?x=1", 404, "Could not find any versions of model m?x=1"],
  ] as const) {
    it(`${target}: ${status}`, async () => {
      const answer = await get(target);
      assert.deepEqual([answer.status, json(answer)], [status, { error }]);
    });
  }
});

describe("GET metadata", () => {
  const tensorInfo = (name: string, dtype: string, ...sizes: string[]) => ({
    dtype,
    tensor_shape: { dim: sizes.map((size) => ({ size, name: "" })), unknown_rank: false },
    name: `${name}:0`,
  });
  const tensors = { x: tensorInfo("x", "DT_FLOAT", "-1", "4"), s: tensorInfo("s", "DT_STRING", "-1") };

  it("gives the one signature, batch dimension included", async () => {
    assert.deepEqual(json(await get("/v1/models/m/versions/1/metadata")), {
      model_spec: { name: "m", signature_name: "", version: "1" },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: tensors,
              outputs: tensors,
              method_name: "tensorflow/serving/predict",
              defaults: {},
            },
          },
        },
      },
    });
  });

  for (const [target, status, error] of [
    ["/v1/models/none/metadata", 404, "Servable not found for request: Latest(none)"],
    ["/v1/models/m/versions/9/metadata", 404, "Servable not found for request: Specific(m, 9)"],
    [
      "/v1/models/broken/metadata",
      404,
      "Servable not found for request: Latest(broken): its state is end: no such file",
    ],
  ] as const) {
    it(`${target}: ${status}`, async () => {
      const answer = await get(target);
      assert.deepEqual([answer.status, json(answer)], [status, { error }]);
    });
  }
});

describe("GET metrics", () => {
  it("gives Prometheus text", async () => {
    const answer = await get("/monitoring/prometheus/metrics");
    assert.deepEqual([answer.headers["content-type"], text(answer)], ["text/plain", "# metrics\n"]);
    assert.equal((await get("/monitoring/prometheus/metrics?x")).status, 400);
  });
});

describe("paths that TensorFlow Serving does not have", () => {
  for (const [method, target, status, error] of [
    ["GET", "/v1/", 400, "Malformed request: GET /v1/"],
    ["GET", "/v1/models/m:predict", 400, "Malformed request: GET /v1/models/m:predict"],
    ["POST", "/v1/models/m", 400, "Malformed request: POST /v1/models/m"],
    ["POST", "/v1/models/m:predict?x=1", 400, "Malformed request: POST /v1/models/m:predict?x=1"],
    ["POST", "/v1/models/m/versions/one:predict", 400, "Malformed request: POST /v1/models/m/versions/one:predict"],
    ["GET", "/v1/models/m/versions/1/labels/l", 400, "Malformed request: GET /v1/models/m/versions/1/labels/l"],
    ["POST", "/v1/models/m:classify", 501, "the method classify is not supported"],
    ["POST", "/v1/models/m/versions/1:regress", 501, "the method regress is not supported"],
    ["GET", "/v2", 404, "Not Found"],
  ] as const) {
    it(`${method} ${target}: ${status}`, async () => {
      const answer = await ask(protocol, method, target, { body: "{}" });
      assert.deepEqual([answer.status, json(answer)], [status, { error }]);
    });
  }
});

it("versions are printed as integers where they are such", () => {
  assert.deepEqual(["7", "007", "1.0", "2.0.0", "1.5", "beta", "0"].map(printedVersion), [
    "7",
    "7",
    "1",
    "2",
    "1.5",
    "beta",
    "0",
  ]);
});
