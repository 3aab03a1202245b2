// The calls of TorchServe's management API that change models: statuses and sentences, and what they ask for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import { InferenceError, type ManagementService, type ModelStatus } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { torchserveManagement } from "./index.ts";

const stored = [
  { name: "m", version: "1.0", entry: "m.mar" },
  { name: "n", version: "2.0", entry: "n.mar" },
];

function listener(versions: readonly Omit<ModelStatus, "name">[], failure: InferenceError | null = null) {
  const statuses = versions.map((version) => ({ name: "m", ...version }));
  const model = { ...tensorModel({ name: "m", inputs: [], outputs: [] }, () => []), statuses };
  const asked: unknown[][] = [];
  const answer = (...call: unknown[]): Promise<void> => {
    asked.push(call);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  const management: ManagementService = {
    load: (which, overrides, { wait }) => answer("load", which, overrides, wait),
    unload: (which, { wait }) => answer("unload", which, wait),
    change: (which, overrides, { wait }) => answer("change", which, overrides, wait),
  };
  const protocol = torchserveManagement({
    service: new ModelService(versions.length > 0 ? [model] : []),
    requestId: () => "id",
    describe: async () => null,
    changes: { management, stored: async () => stored, wait: 1000 },
  });
  const call = async (method: string, path: string, body?: object) => {
    const init = body && { headers: { "content-type": "application/json" }, body: utf8(JSON.stringify(body)) };
    const reply = await ask(protocol, method, path, ...(init ? [init] : []));
    const document = json(reply) as { readonly status?: string; readonly type?: string; readonly message?: string };
    return `${reply.status} ${document.status ?? `${document.type}: ${document.message}`}`;
  };
  return { call, asked };
}

const one = [{ version: "1.0", state: "available" }] as const;
const two = [{ version: "2.0", state: "available" }, ...one] as const;

describe("POST /models", () => {
  it("loads an archive of the store", async () => {
    const { call, asked } = listener([]);
    assert.equal(
      await call("POST", "/models?url=m.mar"),
      '200 Model "m" Version: 1.0 registered with 1 initial workers',
    );
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, {}, 1000]]);
  });

  it("takes the names as JSON too, and does not wait where it is told not to", async () => {
    const { call, asked } = listener([]);
    const given = {
      ...{ url: "m.mar", model_name: "m", batch_size: 8, max_batch_delay: 50, initial_workers: 2 },
      ...{ response_timeout: 3, synchronous: false },
    };
    assert.equal(await call("POST", "/models", given), "202 Processing worker updates...");
    const overrides = { instances: 2, maxBatchSize: 8, maxQueueDelay: 50, responseTimeout: 3000 };
    assert.deepEqual(asked, [["load", { name: "m", version: "1.0" }, overrides, 0]]);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ["/models", "400 BadRequestException: Parameter url is required."],
    ["/models?url=none.mar", "404 ModelNotFoundException: Model not found at: none.mar"],
    ["/models?url=../m.mar", "404 ModelNotFoundException: Relative path is not allowed in url: ../m.mar"],
    [
      "/models?url=https://x/m.mar",
      "404 ModelNotFoundException: Given URL https://x/m.mar does not match any allowed URL(s)",
    ],
    [
      "/models?url=file:///m.mar",
      "404 ModelNotFoundException: Given URL file:///m.mar does not match any allowed URL(s)",
    ],
    ["/models?url=m.mar", "409 ConflictStatusException: Model version 1.0 is already registered for model m"],
  ];
  for (const [path, expected] of refusals) {
    it(`${path} is refused`, async () => {
      const { call, asked } = listener(one);
      assert.equal(await call("POST", path), expected);
      assert.deepEqual(asked, []);
    });
  }

  it("refuses what an archive cannot be told", async () => {
    const { call } = listener([]);
    for (const more of ["model_name=other", "handler=x.py", "initial_workers=65"])
      assert.match(await call("POST", `/models?url=m.mar&${more}`), /^400 BadRequestException/);
  });

  it("tells why a model could not be loaded", async () => {
    const { call } = listener([], new InferenceError("load-failed", { model: "m", version: "1.0", reason: "broken" }));
    assert.equal(
      await call("POST", "/models?url=m.mar"),
      "500 InternalServerException: Failed to start workers for model m version: 1.0: broken",
    );
  });
});

describe("PUT /models/{model}", () => {
  it("sets how many instances run at once", async () => {
    const { call, asked } = listener(one);
    assert.equal(await call("PUT", "/models/m?min_worker=3"), "202 Processing worker updates...");
    assert.equal(await call("PUT", "/models/m?min_worker=3&synchronous=true"), "200 Workers scaled to 3 for model: m");
    assert.equal(
      await call("PUT", "/models/m/1.0?min_worker=2&max_worker=4&synchronous=true"),
      "200 Workers scaled to 2 for model: m, version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["change", { name: "m", version: "1.0" }, { instances: 2 }, 1000]);
  });

  it("says that it goes on where it takes long", async () => {
    const slow = new InferenceError("not-converged", { model: "m", limit: 1, waiting: "" });
    const { call } = listener(one, slow);
    assert.equal(await call("PUT", "/models/m?min_worker=3&synchronous=true"), "206 Workers scaling in progress...");
  });

  it("refuses numbers that make no sense, and models that are not there", async () => {
    const { call } = listener(one);
    assert.equal(
      await call("PUT", "/models/m?min_worker=3&max_worker=2"),
      "400 BadRequestException: max_worker cannot be less than min_worker.",
    );
    assert.match(await call("PUT", "/models/m?min_worker=0"), /^400 BadRequestException/);
    assert.equal(await call("PUT", "/models/x?min_worker=1"), "404 ModelNotFoundException: Model not found: x");
    assert.equal(
      await call("PUT", "/models/m/9?min_worker=1"),
      "404 ModelVersionNotFoundException: Model version: 9 does not exist for model: m",
    );
  });
});

describe("PUT /models/{model}/{version}/set-default", () => {
  it("chooses the version that serves where none is named", async () => {
    const { call, asked } = listener(two);
    assert.equal(
      await call("PUT", "/models/m/1.0/set-default"),
      '200 Default version successfully updated for model "m" to "1.0"',
    );
    assert.deepEqual(asked, [["change", { name: "m", version: "1.0" }, { defaultVersion: "1.0" }, 1000]]);
    assert.equal(
      await call("PUT", "/models/m/9/set-default"),
      "404 ModelVersionNotFoundException: Model version 9 does not exist for model m",
    );
    assert.equal(await call("PUT", "/models/x/1.0/set-default"), "404 ModelNotFoundException: Model not found: x");
  });
});

describe("DELETE /models/{model}", () => {
  it("unloads the last version with the model, and one of several alone", async () => {
    const single = listener(one);
    assert.equal(await single.call("DELETE", "/models/m"), '200 Model "m" unregistered');
    assert.deepEqual(single.asked, [["unload", { name: "m" }, 1000]]);
    const several = listener(two);
    assert.equal(await several.call("DELETE", "/models/m/1.0"), '200 Model "m" unregistered');
    assert.deepEqual(several.asked, [["unload", { name: "m", version: "1.0" }, 1000]]);
  });

  it("refuses the default version while others are there", async () => {
    const { call } = listener(two, new InferenceError("default-version", { model: "m", version: "2.0" }));
    assert.equal(
      await call("DELETE", "/models/m"),
      "403 InvalidModelVersionException: Cannot remove default version for model m",
    );
    assert.equal(await listener([]).call("DELETE", "/models/m"), "404 ModelNotFoundException: Model not found: m");
  });
});
