// TorchServe's predictions of models that take tensors: JSON forms, raw bytes, refusals.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { floats, identityModel, integers, strings } from "@sealserve/conformance/fixtures/tensor-models";
import { utf8 } from "@sealserve/primitives";
import { torchserveInference } from "./index.ts";

const service = new ModelService([
  identityModel("one", [floats]),
  identityModel("two", [integers, floats]),
  identityModel("text", [strings]),
  identityModel("free", [{ name: "x", datatype: "FP32", shape: [-1, -1] }]),
  identityModel("inputs", [{ ...integers, name: "inputs" }]),
]);
const protocol = torchserveInference({ service, ready: () => true, requestId: () => "id", pause: async () => {} });

const jsonType = { "content-type": "application/json" };
const rawType = { "content-type": "application/octet-stream" };

async function predict(model: string, body: string | Uint8Array, headers: Record<string, string> = jsonType) {
  return ask(protocol, "POST", `/predictions/${model}`, { headers, body });
}

async function predictForm(model: string, parts: Readonly<Record<string, string | Blob>>) {
  const form = new FormData();
  for (const [name, part] of Object.entries(parts)) form.append(name, part);
  const sent = new Request("http://localhost", { method: "POST", body: form });
  return predict(model, await sent.bytes(), Object.fromEntries(sent.headers));
}

describe("JSON in TorchServe's predictions", () => {
  const row = "[[1, 2.5, -3, 1e-3]]";
  const cases = [
    ["one", row, [[1, 2.5, -3, 1e-3]]],
    ["one", `{"x": ${row}}`, [[1, 2.5, -3, 1e-3]]],
    ["one", `{"instances": ${row}}`, [[1, 2.5, -3, 1e-3]]],
    ["one", `{"inputs": ${row}, "signature_name": "serving_default"}`, [[1, 2.5, -3, 1e-3]]],
    ["one", `{"instances": [{"x": [1, 2, 3, 4]}]}`, [[1, 2, 3, 4]]],
    ["two", `{"i": [7], "x": ${row}}`, { i: [7], x: [[1, 2.5, -3, 1e-3]] }],
    ["text", '["a", {"b64": "w6Q="}]', ["a", "ä"]],
    ["text", '[{"b64": "/w=="}]', [{ b64: "/w==" }]],
    ["inputs", '{"inputs": [1, 2]}', [1, 2]],
  ] as const;
  for (const [model, body, expected] of cases) {
    it(`${model}: ${body}`, async () => {
      const answer = await predict(model, body);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-type"], "application/json");
      assert.deepEqual(json(answer), expected);
    });
  }

  it("keeps every digit of 64-bit integers, and NaN", async () => {
    const answer = await predict("two", '{"i": [-9223372036854775808], "x": [[NaN, Infinity, -Infinity, 0.1]]}');
    assert.equal(text(answer).replace(/\s/g, ""), '{"i":[-9223372036854775808],"x":[[NaN,Infinity,-Infinity,0.1]]}');
  });

  it("takes text and bodies without a media type for JSON", async () => {
    for (const headers of [{}, { "content-type": "text/plain" }, { "content-type": "application/json; charset=utf-8" }])
      assert.equal((await predict("one", row, headers)).status, 200);
  });
});

describe("raw bytes in TorchServe's predictions", () => {
  const two = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer);

  it("are the elements of the only input, its free dimension told by their number", async () => {
    const answer = await predict("one", two, rawType);
    assert.deepEqual(json(answer), [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it("are one element of a BYTES input", async () => {
    assert.deepEqual(json(await predict("text", utf8("a text"), rawType)), ["a text"]);
  });

  it("are refused where they do not fit or cannot tell the shape", async () => {
    assert.equal((await predict("one", two.subarray(1), rawType)).status, 400);
    assert.equal((await predict("free", two, rawType)).status, 400);
    assert.equal((await predict("two", two, rawType)).status, 400);
    assert.equal((await predict("one", two, { "content-type": "image/png" })).status, 400);
  });
});

describe("forms in TorchServe's predictions", () => {
  const raw = new Blob([Float32Array.of(1, 2, 3, 4)], { type: "application/octet-stream" });

  it("have one part an input, JSON or raw", async () => {
    assert.deepEqual(json(await predictForm("two", { i: "[7]", x: raw })), { i: [7], x: [[1, 2, 3, 4]] });
    assert.deepEqual(json(await predictForm("one", { data: raw })), [[1, 2, 3, 4]]);
    assert.deepEqual(json(await predictForm("one", { x: "[[1, 2, 3, 4]]" })), [[1, 2, 3, 4]]);
  });

  it("are refused where a part is missing, wrong or unknown", async () => {
    for (const parts of [{ i: "[7]" }, { i: "[7]", x: "[[1,2,3,4]]", y: "1" }, { i: "[7", x: "[[1,2,3,4]]" }]) {
      const answer = await predictForm("two", parts);
      assert.equal(answer.status, 400);
      assert.equal((json(answer) as { type: string }).type, "BadRequestException");
    }
  });
});

describe("bad JSON in TorchServe's predictions", () => {
  const cases = [
    ["malformed", "one", "[[1, 2, 3, 4]"],
    ["trailing bytes", "one", "[[1, 2, 3, 4]] x"],
    ["nothing", "one", ""],
    ["10,000 lists in each other", "one", "[".repeat(10_000)],
    ["a key twice", "two", '{"i": [1], "i": [1], "x": [[1, 2, 3, 4]]}'],
    ["a key of 1 MB", "two", `{"${"k".repeat(1 << 20)}": 1}`],
    ["a missing input", "two", '{"i": [1]}'],
    ["an unknown input", "two", '{"i": [1], "x": [[1, 2, 3, 4]], "y": 1}'],
    ["a wrong shape", "one", "[[1, 2, 3]]"],
    ["ragged lists", "one", "[[1, 2, 3, 4], [1, 2]]"],
    ["text for numbers", "one", '[["1", "2", "3", "4"]]'],
    ["a fraction for an integer", "two", '{"i": [1.5], "x": [[1, 2, 3, 4]]}'],
    ["an integer out of range", "two", '{"i": [9223372036854775808], "x": [[1, 2, 3, 4]]}'],
    ["another signature", "one", '{"instances": [[1, 2, 3, 4]], "signature_name": "other"}'],
  ] as const;
  for (const [what, model, body] of cases) {
    it(`${what}: 400, and the body stays out of the message`, async () => {
      const before = service.seen.length;
      const answer = await predict(model, body);
      assert.equal(answer.status, 400);
      const { type, message } = json(answer) as { type: string; message: string };
      assert.equal(type, "BadRequestException");
      assert.ok(message.length < 500, message);
      if (what !== "a wrong shape") assert.equal(service.seen.length, before);
    });
  }
});
