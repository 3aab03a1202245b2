// Which calls of each protocol are let through; management and what could be read as another path are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallKind, kindOf, type ProtocolName, protocolPaths } from "./protocol-paths.ts";

const cases: readonly (readonly [ProtocolName, CallKind, readonly string[]])[] = [
  [
    "open-inference",
    "inference",
    [
      "GET /v2",
      "GET /v2/health/ready",
      "HEAD /v2/health/live",
      "GET /v2/models/m",
      "GET /v2/models/m/versions/1/ready",
      "POST /v2/models/m/infer",
      "POST /v2/models/a%20b/versions/2/infer",
      "POST /v2/repository/index",
      "POST /inference.GRPCInferenceService/ModelStreamInfer",
      "POST /grpc.health.v1.Health/Check",
    ],
  ],
  [
    "open-inference",
    "management",
    [
      "POST /v2/repository/models/m/load",
      "POST /v2/systemsharedmemory/region/x/register",
      "GET /v2/cudasharedmemory/status",
      "POST /v2/logging",
      "POST /v2/models/m/trace/setting",
      "POST /inference.GRPCInferenceService/RepositoryModelUnload",
      "POST /inference.GRPCInferenceService/SystemSharedMemoryRegister",
    ],
  ],
  [
    "open-inference",
    "unknown",
    [
      "POST /v2/health/ready",
      "DELETE /v2/models/m",
      "GET /",
      "POST /v2/models/m/../../repository/models/m/load",
      "POST /v2/models/..%2frepository%2fmodels%2fm%2fload/infer",
      "POST /v2//models/m/infer",
      "POST /v2/models/%2e%2e/infer",
      "POST /v2/models/a%5Cb/infer",
      "POST /inferenceXGRPCInferenceService/ModelInfer",
    ],
  ],
  [
    "torchserve",
    "inference",
    ["GET /ping", "POST /predictions/m/1.0", "PUT /predictions/m", "POST /v1/models/m:predict"],
  ],
  [
    "torchserve",
    "management",
    [
      "POST /models",
      "DELETE /models/m/1.0",
      "PUT /models/m",
      "POST /org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels",
    ],
  ],
  ["torchserve", "unknown", ["POST /ping", "GET /predictions/", "POST /other"]],
  [
    "tensorflow-serving",
    "inference",
    [
      "GET /v1/models/m",
      "GET /v1/models/m/versions/1/metadata",
      "POST /v1/models/m/labels/stable:predict",
      "POST /tensorflow.serving.PredictionService/Predict",
    ],
  ],
  [
    "tensorflow-serving",
    "management",
    ["POST /tensorflow.serving.ModelService/HandleReloadConfigRequest", "GET /monitoring/prometheus/metrics"],
  ],
  ["tensorflow-serving", "unknown", ["POST /v1/models/m:reload", "GET /v1/models"]],
  ["openai", "inference", ["POST /v1/chat/completions", "GET /v1/models/org/name", "GET /health"]],
  ["openai", "management", ["POST /v1/load_lora_adapter", "POST /sleep", "GET /metrics"]],
  ["openai", "unknown", ["GET /docs", "GET /openapi.json", "POST /v1/models", "GET /v1/models/../../metrics"]],
  ["any", "inference", ["POST /models", "DELETE //../x", "PATCH /"]],
];

for (const [protocol, kind, calls] of cases) {
  test(`${protocol}: ${kind}`, () => {
    for (const call of calls) {
      const [method = "", path = ""] = call.split(" ");
      assert.equal(kindOf(protocolPaths(protocol), method, path), kind, call);
    }
  });
}
