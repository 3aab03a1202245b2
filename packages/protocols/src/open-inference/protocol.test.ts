// The protocol's handlers over a service in memory: statuses, bodies and keys as Triton gives them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Question } from "@sealserve/conformance/fixtures/ask-protocol";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import {
  binaryBody,
  echo,
  echoService,
  openInferenceOver,
  type Received,
  send,
} from "@sealserve/conformance/fixtures/open-inference";
import { bytesOf, encodeByteStrings } from "@sealserve/inference";
import { concatBytes, utf8 } from "@sealserve/primitives";

let up = true;
const service = echoService();
const protocol = openInferenceOver(service, () => up);

const infer = (question: Question | string, model = "identity"): Promise<Received> =>
  send(protocol, "POST", `/v2/models/${model}/infer`, question);

const floats = bytesOf(Float32Array.from({ length: 16 }, (_, i) => i / 2));
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16] };
const binaryInput = { ...input, parameters: { binary_data_size: 64 } };

describe("Open Inference Protocol, the server", () => {
  it("tells who it is, and only the extensions that it has", async () => {
    const { status, headers, text } = await send(protocol, "GET", "/v2");
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/json");
    const extensions = ["model_repository", "binary_tensor_data", "parameters"];
    assert.deepEqual(JSON.parse(text), { name: "sealserve", version: "0.1.0", extensions });
  });

  it("answers health with a status and nothing else", async () => {
    const healthy = openInferenceOver(new ModelService([echo("identity")]), () => up);
    for (const path of ["/v2/health/live", "/v2/health/ready"]) {
      for (const [is, status] of [
        [true, 200],
        [false, 400],
      ] as const) {
        up = is;
        const answer = await send(healthy, "GET", path);
        assert.deepEqual([answer.status, answer.text], [status, ""]);
      }
    }
  });

  it("lives but is not ready while a model that should serve does not", async () => {
    up = true;
    assert.equal((await send(protocol, "GET", "/v2/health/live")).status, 200);
    assert.equal((await send(protocol, "GET", "/v2/health/ready")).status, 400);
  });

  it("refuses other verbs and paths", async () => {
    for (const [method, path] of [
      ["POST", "/v2"],
      ["GET", "/v2/models/identity/infer"],
      ["GET", "/v2/repository/index"],
    ] as const) {
      const { status, text } = await send(protocol, method, path);
      assert.deepEqual([status, text], [405, '{"error":"Method Not Allowed"}']);
    }
    for (const path of ["/v2/", "/v2/models", "/v2/models/identity/stats", "/v1/models", "/v2/models//infer"]) {
      const { status, text } = await send(protocol, "GET", path);
      assert.deepEqual([status, text], [404, '{"error":"Not Found"}'], path);
    }
    assert.deepEqual(["/v2", "/v2/x", "/v2x", "/v1/models"].map(protocol.claims), [true, true, false, false]);
  });

  it("lists the repository, whole or ready", async () => {
    const available = (name: string): object => ({ name, version: "1", state: "READY" });
    const all = await send(protocol, "POST", "/v2/repository/index");
    assert.deepEqual(JSON.parse(all.text), [
      { name: "broken", version: "2", state: "UNAVAILABLE", reason: "not an ONNX file" },
      { name: "gone", version: "1", state: "UNAVAILABLE", reason: "unloaded" },
      available("identity"),
      { name: "late", version: "1", state: "LOADING" },
      ...["pair", "square", "text"].map(available),
    ]);
    const ready = await send(protocol, "POST", "/v2/repository/index", '{"ready":true}');
    const names = ["identity", "pair", "square", "text"];
    assert.deepEqual(JSON.parse(ready.text), names.map(available));
    const wrong = await send(protocol, "POST", "/v2/repository/index", '{"ready":1}');
    assert.deepEqual([wrong.status, wrong.text], [400, `{"error":"Invalid value for 'ready': expected a boolean"}`]);
  });
});

describe("Open Inference Protocol, models", () => {
  it("describes a model", async () => {
    const { text } = await send(protocol, "GET", "/v2/models/identity/versions/1");
    assert.deepEqual(JSON.parse(text), {
      name: "identity",
      versions: ["1"],
      platform: "reference",
      inputs: [{ name: "INPUT0", datatype: "FP32", shape: [-1, 16] }],
      outputs: [{ name: "OUTPUT0", datatype: "FP32", shape: [-1, 16] }],
    });
    assert.deepEqual((await send(protocol, "GET", "/v2/models/identity/ready")).status, 200);
  });

  const missing: readonly (readonly [path: string, status: number, sentence: string])[] = [
    ["nobody", 404, "Request for unknown model: 'nobody' is not found"],
    ["identity/versions/9", 404, "Request for unknown model: 'identity' version 9 is not found"],
    ["broken", 404, "Request for unknown model: 'broken' has no available versions: not an ONNX file"],
    ["broken/versions/2", 503, "Request for unknown model: 'broken' version 2 is not at ready state: not an ONNX file"],
  ];
  for (const [path, status, error] of missing) {
    it(`refuses ${path} in every call`, async () => {
      const question = binaryBody({ inputs: [binaryInput] }, floats);
      for (const [method, rest] of [
        ["GET", ""],
        ["GET", "/ready"],
        ["POST", "/infer"],
      ] as const) {
        const received = await send(protocol, method, `/v2/models/${path}${rest}`, question);
        assert.deepEqual([received.status, JSON.parse(received.text)], [status, { error }]);
      }
    });
  }
});

describe("Open Inference Protocol, infer", () => {
  it("takes and gives JSON, keys in Triton's order", async () => {
    const { status, headers, text } = await infer(
      JSON.stringify({ id: "a", inputs: [{ ...input, shape: [2], data: [0.1, 1] }], more: [{ x: 1 }] }),
    );
    assert.equal(status, 200);
    assert.deepEqual(headers, { "content-type": "application/json" });
    assert.equal(
      text,
      '{"id":"a","model_name":"identity","model_version":"1","outputs":' +
        '[{"name":"OUTPUT0","datatype":"FP32","shape":[2],"data":[0.10000000149011612,1.0]}]}',
    );
  });

  it("takes keys in any order, and nested data", async () => {
    const [a, b] = ['"data":[[1],[2]]', '"parameters":{},"datatype":"INT8","name":"INPUT0","shape":[2,1]'];
    for (const json of [`{"inputs":[{${a},${b}}]}`, `{"outputs":[],"inputs":[{${b},${a}}],"id":"7"}`]) {
      const { text } = await infer(json);
      assert.deepEqual(JSON.parse(text).outputs, [{ name: "OUTPUT0", datatype: "INT8", shape: [2, 1], data: [1, 2] }]);
    }
  });

  it("takes and gives NaN and the infinities", async () => {
    const { text } = await infer(
      '{"inputs":[{"name":"x","shape":[3],"datatype":"FP64","data":[NaN,Infinity,-Infinity]}]}',
    );
    assert.match(text, /"data":\[NaN,Infinity,-Infinity\]/);
  });

  it("gives binary data as views, its JSON length in the header", async () => {
    const { body, headers, text } = await infer(
      binaryBody({ inputs: [binaryInput], parameters: { binary_data_output: true } }, floats),
    );
    const length = Number(headers["inference-header-content-length"]);
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.deepEqual(body.subarray(length), new Uint8Array(floats));
    assert.equal(
      text.slice(0, length),
      '{"model_name":"identity","model_version":"1","outputs":' +
        '[{"name":"OUTPUT0","datatype":"FP32","shape":[1,16],"parameters":{"binary_data_size":64}}]}',
    );
    const sent = binaryBody({ inputs: [binaryInput] }, floats);
    await infer(sent);
    assert.equal(service.seen.at(-1)?.inputs[0]?.bytes.buffer, sent.body.buffer);
  });

  it("gives listed outputs as JSON unless they ask otherwise", async () => {
    const outputs = [{ name: "OUTPUT0" }, { name: "OUTPUT1", parameters: { binary_data: true } }];
    const inputs = [binaryInput, { ...binaryInput, name: "INPUT1" }, { ...binaryInput, name: "INPUT2" }];
    const json = { inputs, outputs, parameters: { binary_data_output: true } };
    const { text, headers } = await infer(binaryBody(json, floats, floats, floats));
    const header = JSON.parse(text.slice(0, Number(headers["inference-header-content-length"])));
    const forms = header.outputs.map((output: object) => ("data" in output ? "json" : "binary"));
    assert.deepEqual(forms, ["json", "binary", "binary"]);
  });

  it("gives empty binary outputs without a binary part", async () => {
    const empty = { name: "INPUT0", datatype: "FP32", shape: [0], parameters: { binary_data_size: 0 } };
    const { headers, text } = await infer(
      JSON.stringify({ inputs: [empty], parameters: { binary_data_output: true } }),
    );
    assert.deepEqual(headers, { "content-type": "application/json" });
    assert.deepEqual(JSON.parse(text).outputs[0].parameters, { binary_data_size: 0 });
  });

  it("reads parameters, and the timeout in microseconds", async () => {
    const data = { ...input, shape: [1], data: [1] };
    const parameters = { timeout: 1500, custom: "x", big: 1, sequence_id: 0, sequence_start: false };
    await infer(JSON.stringify({ inputs: [data], parameters }).replace('"big":1', '"big":18446744073709551615'));
    assert.equal(service.seen.at(-1)?.timeout, 1.5);
    assert.deepEqual(service.seen.at(-1)?.parameters, { custom: "x", big: 18446744073709551615n });
  });

  it("takes a body that is the only input", async () => {
    const raw = { "inference-header-content-length": "0" };
    const { headers, body } = await infer({ body: concatBytes([floats, floats]), headers: raw });
    assert.deepEqual(service.seen.at(-1)?.inputs[0]?.shape, [2, 16]);
    assert.deepEqual(body.subarray(Number(headers["inference-header-content-length"])).length, 128);
    await infer({ body: "héllo", headers: raw }, "text");
    assert.deepEqual(service.seen.at(-1)?.inputs, [
      { name: "TEXT", datatype: "BYTES", shape: [1, 1], bytes: encodeByteStrings([utf8("héllo")]) },
    ]);
  });
});
