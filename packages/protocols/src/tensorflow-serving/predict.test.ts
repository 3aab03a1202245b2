// TensorFlow Serving's predictions: both formats, byte strings, numbers, and its own words for what is wrong.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { type FunctionModel, ModelService } from "@sealserve/conformance/fixtures/model-service";
import { floats, identityModel, integers, strings } from "@sealserve/conformance/fixtures/tensor-models";
import { decodeByteStrings, encodeByteStrings } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { tensorflowServing } from "./index.ts";

const half = { name: "h", datatype: "FP16", shape: [-1] } as const;

/** Says of each row its fields and their text; a row with the field `status` chooses it. */
const handler: FunctionModel = {
  metadata: {
    name: "handler",
    version: "1.0",
    versions: ["1.0"],
    platform: "handler",
    kind: "fields",
    maxBatchSize: 8,
    inputs: [{ name: "data", datatype: "BYTES", shape: [-1] }],
    outputs: [{ name: "prediction", datatype: "BYTES", shape: [-1] }],
  },
  infer({ inputs }) {
    const [rows = 1] = inputs[0]?.shape ?? [];
    const said = Array.from({ length: rows }, (_, row) =>
      utf8(
        inputs.map(({ name, bytes }) => `${name}=${textOf(decodeByteStrings(name, bytes)[row] ?? bytes)}`).join(" "),
      ),
    );
    const output = { name: "prediction", datatype: "BYTES", shape: [rows], bytes: encodeByteStrings(said) } as const;
    const failed = inputs.some(({ name }) => name === "status");
    return failed ? { outputs: [output], parameters: { "http.status": 418 } } : { outputs: [output] };
  },
};

const service = new ModelService([
  identityModel("one", [floats]),
  identityModel("two", [integers, floats]),
  identityModel("text", [strings, { ...strings, name: "raw_bytes" }]),
  identityModel("half", [half]),
  identityModel("small", [{ name: "u", datatype: "UINT16", shape: [-1] }]),
  identityModel("mar", [integers], "1.0"),
  {
    ...identityModel("writes-half", [integers]),
    infer: () => ({ outputs: [{ ...half, shape: [1], bytes: new Uint8Array(2) }] }),
  },
  handler,
]);
const protocol = tensorflowServing({ service, metrics: async () => "", pause: async () => {} });

async function predict(model: string, body: string) {
  return ask(protocol, "POST", `/v1/models/${model}:predict`, { body });
}

async function refusal(model: string, body: string) {
  const answer = await predict(model, body);
  return [answer.status, (json(answer) as { error: string }).error] as const;
}

describe("POST …:predict", () => {
  const cases = [
    [
      "one",
      '{"instances": [[1, 2, 3, 4], [5, 6, 7, 8]]}',
      '"predictions": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]',
    ],
    ["one", '{"instances": [{"x": [1, 2, 3, 0.1]}]}', '"predictions": [[1.0, 2.0, 3.0, 0.1]]'],
    ["one", '{"inputs": [[1, 2, 3, 1e30]]}', '"outputs": [[1.0, 2.0, 3.0, 1e+30]]'],
    ["one", '{"inputs": {"x": [[NaN, -Infinity, Infinity, -0.0]]}}', '"outputs": [[NaN, -Infinity, Infinity, -0.0]]'],
    ["two/versions/1", '{"inputs": {"x": [[1, 2, 3, 4]], "i": [9223372036854775807]}} ', '"i": [9223372036854775807]'],
    ["mar/versions/1", '{"instances": [1]}', '"predictions": [1]'],
  ] as const;
  for (const [model, body, expected] of cases) {
    it(`${model} ${body}`, async () => {
      const answer = await predict(model, body);
      assert.equal(answer.status, 200, text(answer));
      assert.equal(answer.headers["content-type"], "application/json");
      assert.ok(text(answer).includes(expected), text(answer));
    });
  }

  it("lays the answer out as the original does", async () => {
    assert.equal(
      text(await predict("one", '{"instances": [[1, 2, 3, 4]]}')),
      '{\n    "predictions": [[1.0, 2.0, 3.0, 4.0]]\n}\n',
    );
  });

  it("answers several outputs with one object a row", async () => {
    const answer = await predict("two", '{"instances": [{"i": 1, "x": [1, 2, 3, 4]}, {"x": [5, 6, 7, 8], "i": 2}]}');
    assert.deepEqual(json(answer), {
      predictions: [
        { i: 1, x: [1, 2, 3, 4] },
        { i: 2, x: [5, 6, 7, 8] },
      ],
    });
  });

  it("answers byte strings as text, and with b64 where the name asks for it", async () => {
    const answer = await predict(
      "text",
      '{"inputs": {"s": ["a", {"b64": "w6Q="}], "raw_bytes": ["a", {"b64": "/w=="}]}}',
    );
    assert.deepEqual(json(answer), { outputs: { s: ["a", "ä"], raw_bytes: [{ b64: "YQ==" }, { b64: "/w==" }] } });
  });

  it("matches its path in either case", async () => {
    const answer = await ask(protocol, "POST", "/V1/Models/one/Versions/1:Predict", {
      body: '{"inputs": [[1, 2, 3, 4]]}',
    });
    assert.equal(answer.status, 200);
  });
});

describe("predictions of handlers", () => {
  const cases = [
    ['{"instances": ["a", {"b64": "Yg=="}]}', { predictions: ["data=a", "data=b"] }],
    ['{"instances": [{"image": {"b64": "YQ=="}, "lang": "en"}]}', { predictions: ["image=a lang=en"] }],
    ['{"inputs": "a"}', { outputs: ["data=a"] }],
    ['{"inputs": {"image": ["a", "b"]}}', { outputs: ["image=a", "image=b"] }],
  ] as const;
  for (const [body, expected] of cases) {
    it(body, async () => assert.deepEqual(json(await predict("handler", body)), expected));
  }

  it("fail where the handler chose a status that is an error", async () => {
    assert.equal((await predict("handler", '{"inputs": {"status": "?"}}')).status, 418);
  });
});

describe("what TensorFlow Serving refuses in a prediction", () => {
  const cases = [
    ["one", "", 400, "JSON Parse error: The document is empty"],
    ["one", "[1]", 400, "JSON Value: ... Type: array Is not object"],
    ["one", "{}", 400, "Missing 'inputs' or 'instances' key"],
    [
      "one",
      '{"inputs": 1, "instances": [1]}',
      400,
      "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    ],
    ["one", '{"instances": 1}', 400, "Expecting 'instances' to be an list/array"],
    ["one", '{"instances": []}', 400, "No values in 'instances' array"],
    [
      "one",
      '{"instances": [[1, 2, 3, 4]], "signature_name": "other"}',
      400,
      'Serving signature name: "other" not found in signature def',
    ],
    [
      "one",
      '{"instances": [{"y": 1}]}',
      400,
      "Failed to process element: 0 of 'instances' list. Error: JSON object: does not have named input: y",
    ],
    [
      "two",
      '{"instances": [{"i": 1}]}',
      400,
      "Failed to process element: 0 of 'instances' list. Error: JSON object: ... keys must be equal to: i,x",
    ],
    ["two", '{"inputs": {"i": 1}}', 400, "Missing named input: x in 'inputs' object."],
    [
      "two",
      '{"inputs": [1]}',
      400,
      "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map",
    ],
    [
      "two",
      '{"instances": [1]}',
      400,
      "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map",
    ],
    ["text", '{"inputs": {"s": [{"b64": "?"}], "raw_bytes": ["a"]}}', 400, "Unable to base64 decode"],
    ["half", '{"instances": [1]}', 501, "Conversion of a JSON value to type half is not supported"],
    ["handler", '{"instances": [{}, {}]}', 400, "JSON object: names no input"],
    ["small", '{"instances": [1]}', 501, "Conversion of a JSON value to type uint16 is not supported"],
    ["writes-half", '{"instances": [1]}', 400, "Failed to write JSON value for tensor type: half"],
    ["none", '{"instances": [1]}', 404, "Servable not found for request: Latest(none)"],
    ["one/versions/9", '{"instances": [1]}', 404, "Servable not found for request: Specific(one, 9)"],
    ["one/labels/stable", '{"instances": [1]}', 400, "Unrecognized servable version label: stable"],
  ] as const;
  for (const [model, body, status, sentence] of cases) {
    it(`${model} ${body}`, async () => assert.deepEqual(await refusal(model, body), [status, sentence]));
  }

  for (const [what, model, body, pattern] of [
    ["bad JSON", "one", '{"instances": [01]}', /^JSON Parse error: .* at offset: 15$/],
    ["trailing bytes", "one", '{"instances": [1]} x', /^JSON Parse error: .* at offset: 19$/],
    ["a key twice", "one", '{"instances": [1], "instances": [1]}', /^JSON Parse error: .* at offset: 19$/],
    ["10,000 lists in each other", "one", `{"instances": ${"[".repeat(10_000)}`, /depth/],
    ["a key of 1 MB", "one", `{"${"k".repeat(1 << 20)}": 1}`, /^JSON Parse error: .{1,100}$/],
    [
      "text for a number",
      "one",
      '{"instances": [["secret", 1, 1, 1]]}',
      /^JSON Value: ... Type: a string .* is not of expected type: float$/,
    ],
    ["a fraction for an integer", "mar", '{"inputs": [1.5]}', /is not of expected type: int64$/],
    ["ragged lists", "one", '{"instances": [[1, 2], [3]]}', /ragged/],
    ["a wrong shape", "one", '{"instances": [[1, 2]]}', /'x'/],
    ["an unknown input", "two", '{"inputs": {"i": [1], "x": [[1, 2, 3, 4]], "y": 1}}', /'y'/],
  ] as const) {
    it(`${what}: 400`, async () => {
      const [status, sentence] = await refusal(model, body);
      assert.equal(status, 400);
      assert.match(sentence, pattern);
    });
  }
});
