// Triton's load and unload: what they ask for, and Triton's words where they are refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { InferenceError } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { openInference } from "./index.ts";

function listener({ failure = null as InferenceError | null, open = true } = {}) {
  const asked: unknown[][] = [];
  const answer = (...call: unknown[]): Promise<void> => {
    asked.push(call);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  const management = {
    load: (which: object, overrides: object, { wait }: { wait: number }) => answer("load", which, overrides, wait),
    unload: (which: object, { wait }: { wait: number }) => answer("unload", which, wait),
    change: () => Promise.reject(new RangeError("nobody asked for this")),
  };
  const up = () => true;
  const protocol = openInference({
    ...{ service: new ModelService([]), server: { name: "s", version: "1" }, live: up, ready: up },
    ...(open ? { changes: { management, wait: 1000 } } : {}),
  });
  const call = async (path: string, body?: object | string) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const reply = await ask(protocol, "POST", path, ...(body === undefined ? [] : [{ body: utf8(text) }]));
    return reply.body.length === 0
      ? String(reply.status)
      : `${reply.status} ${(json(reply) as { error: string }).error}`;
  };
  return { call, asked };
}

describe("load and unload", () => {
  it("answer 200 without a body", async () => {
    const { call, asked } = listener();
    assert.equal(await call("/v2/repository/models/m/load"), "200");
    assert.equal(await call("/v2/repository/models/m/load", { parameters: {} }), "200");
    assert.equal(await call("/v2/repository/models/m%20x/unload"), "200");
    assert.equal(await call("/v2/repository/models/m/unload", { parameters: { unload_dependents: true } }), "200");
    assert.deepEqual(asked, [
      ["load", { name: "m" }, {}, 1000],
      ["load", { name: "m" }, {}, 1000],
      ["unload", { name: "m x" }, 0],
      ["unload", { name: "m" }, 0],
    ]);
  });

  it("take no configuration and no files from a call, and no repository's name", async () => {
    const { call, asked } = listener();
    const config = { parameters: { config: '{"max_batch_size": 8}', "file:1/model.onnx": "AAAA" } };
    assert.equal(await call("/v2/repository/models/m/load", config), "501 load parameter 'config' is not supported");
    assert.equal(
      await call("/v2/repository/models/m/unload", config),
      "501 unload parameter 'config' is not supported",
    );
    assert.equal(await call("/v2/repository/r/models/m/load"), "501 'repository_name' specification is not supported");
    assert.match(await call("/v2/repository/models/m/load", "[]"), /^400 /);
    assert.match(await call("/v2/repository/models/m/load", "{"), /^400 /);
    assert.deepEqual(asked, []);
  });

  it("fail in the original's words", async () => {
    const failed = (error: InferenceError) => listener({ failure: error }).call("/v2/repository/models/m/load");
    assert.equal(
      await failed(new InferenceError("model-not-found", { model: "m" })),
      "500 failed to load 'm', failed to poll from model repository",
    );
    const nothing = { model: "m", version: null, reason: "no version is available" };
    assert.equal(
      await failed(new InferenceError("load-failed", nothing)),
      "500 failed to load 'm', no version is available",
    );
    const full = new InferenceError("unavailable", { what: "the desired state", reason: "its database is full" });
    assert.equal(await failed(full), "503 the desired state is not available: its database is full");
  });

  it("are refused where changes are off", async () => {
    const { call } = listener({ open: false });
    const refused = "503 explicit model load / unload is not allowed if polling is enabled";
    assert.equal(await call("/v2/repository/models/m/load"), refused);
    assert.equal(await call("/v2/repository/models/m/unload"), refused);
  });
});
