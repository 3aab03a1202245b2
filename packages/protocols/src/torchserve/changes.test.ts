// The other calls of TorchServe's management API that change models: statuses and sentences, and what they ask for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InferenceError } from "@sealserve/inference";
import { changingListener as listener, one, two } from "./testing/changing-listener.ts";

describe("PUT /models/{model}", () => {
  it("sets how many instances run at once", async () => {
    const { call, asked } = listener(one);
    assert.equal(await call("PUT", "/models/m?min_worker=3"), "202 Processing worker updates...");
    assert.equal(await call("PUT", "/models/m?min_worker=3&synchronous=true"), "200 Workers scaled to 3 for model: m");
    assert.equal(
      await call("PUT", "/models/m/1.0?min_worker=2&max_worker=4&synchronous=true"),
      "200 Workers scaled to 2 for model: m, version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["change", { name: "m", version: "1.0" }, { instances: 2, maxInstances: 4 }, 1000]);
    assert.equal(
      await call("PUT", "/models/m?min_worker=0&model_version=1.0&synchronous=true"),
      "200 Workers scaled to 0 for model: m, version: 1.0",
    );
    assert.deepEqual(asked.at(-1), ["change", { name: "m", version: "1.0" }, { instances: 0, maxInstances: 0 }, 1000]);
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
    assert.equal(
      await call("PUT", "/models/m?min_worker=-1"),
      "500 IndexOutOfBoundsException: Index -1 out of bounds for length 0",
    );
    assert.match(await call("PUT", "/models/m?min_worker=1025"), /^400 BadRequestException/);
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
