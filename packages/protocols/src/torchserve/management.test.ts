// TorchServe's management and metrics listeners: lists, descriptions, refusals.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { type FunctionModel, ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import type { ModelStatus } from "@sealserve/inference";
import { torchserveManagement, torchserveMetrics } from "./index.ts";

function model(name: string, ...versions: readonly Omit<ModelStatus, "name">[]): FunctionModel {
  const statuses = versions.map((version) => ({ name, ...version }));
  return { ...tensorModel({ name, inputs: [], outputs: [] }, () => []), statuses };
}

function listener(models: readonly FunctionModel[]) {
  return torchserveManagement({
    service: new ModelService(models),
    requestId: () => "id",
    describe: async (name, version) =>
      name === "unknown"
        ? null
        : {
            modelUrl: `${name}-${version}.mar`,
            minWorkers: 1,
            maxWorkers: 2,
            batchSize: 8,
            maxBatchDelay: 100,
            workers: [],
          },
  });
}

const available = { version: "1.0", state: "available" } as const;
const three = ["c", "a", "b"].map((name) => model(name, available));

describe("GET /models", () => {
  const entry = (name: string) => ({ modelName: name, modelUrl: `${name}-1.0.mar` });
  const cases = [
    ["", { models: [entry("a"), entry("b"), entry("c")] }],
    ["?limit=2", { nextPageToken: "2", models: [entry("a"), entry("b")] }],
    ["?limit=2&next_page_token=2", { models: [entry("c")] }],
    ["?limit=3", { nextPageToken: "3", models: [entry("a"), entry("b"), entry("c")] }],
    ["?limit=1000&next_page_token=-5", { models: [entry("a"), entry("b"), entry("c")] }],
    ["?limit=many&next_page_token=1e2", { models: [entry("a"), entry("b"), entry("c")] }],
    ["?next_page_token=7", { models: [] }],
  ] as const;
  for (const [query, expected] of cases) {
    it(`lists by name: ${query}`, async () => {
      const answer = await ask(listener(three), "GET", `/models${query}`);
      assert.equal(answer.status, 200);
      assert.deepEqual(json(answer), expected);
    });
  }

  it("names each model once, at the version that serves, and leaves out what was unloaded", async () => {
    const protocol = listener([
      model("a", { version: "2.0", state: "loading" }, available),
      model("b", { version: "1.0", state: "end", reason: "broken" }),
      model("c", { version: "1.0", state: "end" }),
    ]);
    assert.deepEqual(json(await ask(protocol, "GET", "/models")), { models: [entry("a"), entry("b")] });
  });
});

describe("GET /models/{model}", () => {
  const protocol = listener([
    model("m", { version: "2.0", state: "end", reason: "broken" }, available),
    model("unknown", available),
  ]);
  const versions = async (path: string) =>
    (json(await ask(protocol, "GET", path)) as { modelVersion: string; status?: string }[]).map(
      ({ modelVersion, status = "Healthy" }) => `${modelVersion} ${status}`,
    );

  it("describes the version that serves, one version, or all", async () => {
    assert.deepEqual(await versions("/models/m"), ["1.0 Healthy"]);
    assert.deepEqual(await versions("/models/m/2.0"), ["2.0 Unhealthy"]);
    assert.deepEqual(await versions("/models/m/all"), ["1.0 Healthy", "2.0 Unhealthy"]);
  });

  it("gives the keys that are known, and no others", async () => {
    assert.deepEqual(json(await ask(protocol, "GET", "/models/m")), [
      {
        modelName: "m",
        modelVersion: "1.0",
        modelUrl: "m-1.0.mar",
        minWorkers: 1,
        maxWorkers: 2,
        batchSize: 8,
        maxBatchDelay: 100,
        workers: [],
      },
    ]);
    assert.deepEqual(json(await ask(protocol, "GET", "/models/unknown")), [
      { modelName: "unknown", modelVersion: "1.0" },
    ]);
  });

  it("refuses what it does not know or cannot do", async () => {
    assert.equal((await ask(protocol, "GET", "/models/none")).status, 404);
    assert.equal((await ask(protocol, "GET", "/models/m/9")).status, 404);
  });
});

describe("what would change a model", () => {
  for (const [method, path] of [
    ["POST", "/models"],
    ["PUT", "/models/m"],
    ["PUT", "/models/m/1.0/set-default"],
    ["DELETE", "/models/m/1.0"],
  ] as const) {
    it(`${method} ${path} is not allowed`, async () => {
      const answer = await ask(listener(three), method, path);
      assert.deepEqual(json(answer), {
        code: 405,
        type: "MethodNotAllowedException",
        message: "Requested method is not allowed, please refer to API document.",
      });
    });
  }
});

describe("GET /metrics", () => {
  const protocol = torchserveMetrics({ requestId: () => "id", metrics: async (names) => `# ${names.join(" ")}\n` });

  it("gives the text of the metrics that are named", async () => {
    const answer = await ask(protocol, "GET", "/metrics?name[]=A&name%5B%5D=B");
    assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(text(answer), "# A B\n");
    assert.equal(text(await ask(protocol, "GET", "/metrics")), "# \n");
  });

  it("asks no method, and has no other path", async () => {
    assert.equal((await ask(protocol, "POST", "/metrics")).status, 200);
    assert.equal((await ask(protocol, "GET", "/")).status, 405);
    assert.equal((await ask(protocol, "GET", "/models")).status, 404);
  });
});
