// TorchServe's inference listener: health, headers and refusals.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { echo, handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService } from "@sealserve/conformance/fixtures/model-service";
import { InferenceError } from "@sealserve/inference";
import { torchserveInference } from "./index.ts";

function listener(models: readonly FunctionModel[], ready = true) {
  const service = new ModelService(models);
  let next = 0;
  const parts = { service, ready: () => ready, requestId: () => `id-${next++}`, pause: async () => {} };
  return { service, protocol: torchserveInference(parts) };
}

describe("GET /ping", () => {
  const loading = { name: "m", version: "1.0", state: "loading" } as const;
  const failed = { name: "m", version: "2.0", state: "end", reason: "no such file" } as const;
  const cases = [
    { when: "there is no model", statuses: [], ready: true, healthy: true },
    { when: "a version serves", statuses: [{ ...loading, state: "available" }], ready: true, healthy: true },
    { when: "the process is not ready", statuses: [], ready: false, healthy: false },
    { when: "the only version loads", statuses: [loading], ready: true, healthy: false },
    { when: "the only version failed", statuses: [failed], ready: true, healthy: false },
    {
      when: "a new version failed and the old serves",
      statuses: [failed, { ...loading, state: "available" }],
      ready: true,
      healthy: true,
    },
    { when: "a model was unloaded", statuses: [{ ...loading, state: "end" }], ready: true, healthy: true },
  ] as const;
  for (const { when, statuses, ready, healthy } of cases) {
    it(`is ${healthy ? "healthy" : "unhealthy"} when ${when}`, async () => {
      const { protocol } = listener([handlerModel("m", () => prediction(""), statuses)], ready);
      const answer = await ask(protocol, "GET", "/ping");
      assert.equal(answer.status, healthy ? 200 : 500);
      assert.equal(text(answer), `{\n  "status": "${healthy ? "Healthy" : "Unhealthy"}"\n}\n`);
    });
  }
});

describe("every reply of TorchServe", () => {
  it("has the headers of the original", async () => {
    const { protocol } = listener([echo]);
    const found = (await ask(protocol, "GET", "/ping")).headers;
    assert.deepEqual(found, {
      "x-request-id": "id-0",
      pragma: "no-cache",
      "cache-control": "no-cache; no-store, must-revalidate, private",
      expires: "Thu, 01 Jan 1970 00:00:00 UTC",
      connection: "keep-alive",
      "content-type": "application/json",
    });
    const refused = await ask(protocol, "GET", "/nothing");
    assert.equal(refused.headers["connection"], "close");
  });
});

describe("what TorchServe refuses", () => {
  const cases = [
    [
      "GET",
      "/nothing",
      404,
      "ResourceNotFoundException",
      "Requested resource is not found, please refer to API document.",
    ],
    [
      "POST",
      "/predictions",
      404,
      "ResourceNotFoundException",
      "Requested resource is not found, please refer to API document.",
    ],
    ["POST", "/", 405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document."],
    [
      "GET",
      "/predictions/%zz",
      403,
      "IllegalArgumentException",
      "invalid hex byte 'zz' at index 14 of '/predictions/%zz'",
    ],
    ["GET", "/a%2", 403, "IllegalArgumentException", "unterminated escape sequence at index 2 of: /a%2"],
    ["POST", "/predictions/none", 404, "ModelNotFoundException", "Model not found: none"],
    [
      "POST",
      "/predictions/echo/7",
      404,
      "ModelVersionNotFoundException",
      "Model version: 7 does not exist for model: echo",
    ],
  ] as const;
  for (const [method, path, status, type, message] of cases) {
    it(`${method} ${path}: ${status}`, async () => {
      const answer = await ask(listener([echo]).protocol, method, path);
      assert.equal(answer.status, status);
      assert.deepEqual(json(answer), { code: status, type, message });
    });
  }

  it("a path that is not percent-encoded: 400", async () => {
    const answer = await ask(listener([echo]).protocol, "POST", "/predictions/%ff");
    assert.equal(answer.status, 400);
  });

  it("a model that failed to load: 503 with the reason", async () => {
    const failed = { name: "m", version: "1.0", state: "end", reason: "no such file" } as const;
    const answer = await ask(
      listener([handlerModel("m", () => prediction(""), [failed])]).protocol,
      "POST",
      "/predictions/m",
    );
    assert.equal(answer.status, 503);
    const { type, message } = json(answer) as { type: string; message: string };
    assert.equal(type, "ServiceUnavailableException");
    assert.match(
      message,
      /^Model "m" has no worker to serve inference request\. Please use scale workers API to add workers\./,
    );
    assert.match(message, /no such file$/);
  });

  it("a handler that fails: its status and its reason", async () => {
    const fails = handlerModel("m", () => {
      throw new InferenceError("handler-failed", { model: "m", status: 503, reason: "Prediction failed" });
    });
    const answer = await ask(listener([fails]).protocol, "POST", "/predictions/m");
    assert.equal(answer.status, 503);
    assert.deepEqual(json(answer), { code: 503, type: "InternalServerException", message: "Prediction failed" });
  });
});
