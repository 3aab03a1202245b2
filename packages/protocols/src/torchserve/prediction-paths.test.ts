// Predictions by all the paths that TorchServe has for them: what the handler sees, and what the client gets.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { echo, handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import { decodeByteStrings, InferenceError } from "@sealserve/inference";
import { textOf } from "@sealserve/primitives";
import { torchserveInference } from "./index.ts";

type Parts = Partial<Parameters<typeof torchserveInference>[0]>;

function listener(models: readonly FunctionModel[], more: Parts = {}) {
  const service = new ModelService(models);
  const parts = { service, ready: () => true, requestId: () => "id", pause: async () => {}, ...more };
  return { service, protocol: torchserveInference(parts) };
}

function seenBy({ seen: [first] }: ModelService) {
  const fields = first?.inputs.map(({ name, bytes }) => [name, textOf(decodeByteStrings(name, bytes)[0] ?? bytes)]);
  const { "http.header.url_path": path, "http.header.explain": explain } = first?.parameters ?? {};
  return { model: first?.model, path, explain, fields: Object.fromEntries(fields ?? []) };
}

describe("a path of predictions", () => {
  const model = { name: "echo" };
  const one = { name: "echo", version: "1.0" };
  const plain = { path: undefined, explain: undefined };
  for (const [target, expected] of [
    ["/predictions/echo?a=1", { model, path: "", explain: "False", fields: { body: "hi" } }],
    ["/predictions/echo/", { model, path: "", explain: "False", fields: { body: "hi" } }],
    ["/predictions/ec%68o/1.0/some/way", { model: one, path: "some/way", explain: "False", fields: { body: "hi" } }],
    ["/explanations/echo", { model, path: "", explain: "True", fields: { body: "hi" } }],
    ["/explanations/echo/1.0/x", { model: one, path: "x", explain: "True", fields: { body: "hi" } }],
    ["/v1/models/echo:predict", { model, path: "", explain: "False", fields: { body: "hi" } }],
    ["/v1/models/echo:explain", { model, path: "", explain: "True", fields: { body: "hi" } }],
    ["/v2/models/echo/infer", { model, path: "", explain: "False", fields: { body: "hi" } }],
    ["/v2/models/echo/explain", { model, path: "", explain: "True", fields: { body: "hi" } }],
    ["/invocations?model_name=echo", { model, ...plain, fields: { body: "hi" } }],
    ["/invocations", { model, ...plain, fields: { body: "hi" } }],
    ["/models/echo/invoke", { model, ...plain, fields: { body: "hi" } }],
    ["/echo/predict?data=a&data=b&body=c", { model, ...plain, fields: { data: "b", body: "hi" } }],
    ["/echo/1.0/predict", { model: one, ...plain, fields: { body: "hi" } }],
  ] as const) {
    it(target, async () => {
      const { service, protocol } = listener([echo]);
      const answer = await ask(protocol, "POST", target, { body: "hi" });
      assert.equal(answer.status, 200);
      assert.deepEqual(seenBy(service), expected);
    });
  }

  for (const target of ["/v1/models/echo:dance", "/v2/models/echo/dance", "/v1/models/echo", "/v2", "/models/echo"]) {
    it(`${target} is none`, async () => {
      assert.equal((await ask(listener([echo]).protocol, "POST", target)).status, 404);
    });
  }

  it("is not taken where another protocol on the port answers it", async () => {
    const { protocol } = listener([echo], { kserve: { v1: false, v2: false }, openInferenceProtocol: true });
    for (const target of ["/v1/models/echo:predict", "/v2/models/echo/infer", "/v2/health/live"])
      assert.equal((await ask(protocol, "POST", target)).status, 404, target);
  });

  it("names a model in a form, and needs one of several", async () => {
    const other = handlerModel("other", () => prediction("other"));
    const { service, protocol } = listener([echo, other]);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal(
      text(await ask(protocol, "POST", "/invocations", { headers, body: "model_name=echo&data=a" })),
      "echo",
    );
    assert.deepEqual(seenBy(service).model, { name: "echo" });
    assert.deepEqual(json(await ask(protocol, "POST", "/invocations", { body: "hi" })), {
      code: 400,
      type: "BadRequestException",
      message: "Parameter model_name is required.",
    });
  });

  it("asks no model of tensors for explanations", async () => {
    const { protocol } = listener([tensorModel({ name: "t", inputs: [], outputs: [] }, () => [])]);
    assert.equal((await ask(protocol, "POST", "/explanations/t", { body: "{}" })).status, 400);
  });
});

describe("headers of a request", () => {
  it("reach the handler as the client spelled them", async () => {
    const { service, protocol } = listener([echo]);
    const [found] = protocol.handlers.filter(
      ({ path }) => path.accepts("/predictions/echo") && path.text.includes("{rest*}"),
    );
    const spelledHeaders = ["X-Shown", "yes", "Content-Type", "text/plain; charset=utf-8", "Content-Length", "1"];
    const headers = { "x-shown": "yes", "content-type": "text/plain; charset=utf-8", "content-length": "1" };
    const request = { method: "POST", path: "/predictions/echo", query: "", headers, spelledHeaders };
    await found?.handle({ ...request, body: new Uint8Array(1) }, { model: "echo" }, new AbortController().signal);
    assert.deepEqual(service.seen[0]?.parameters, {
      "http.header.X-Shown": "yes",
      "http.header.Content-Type": "text/plain; charset=utf-8",
      "http.header.url_path": "",
      "http.header.explain": "False",
    });
    assert.deepEqual(service.seen[0]?.inputs[0]?.parameters, { content_type: "text/plain" });
  });
});

describe("a form of parts", () => {
  const lines = (...parts: readonly string[]) => `${parts.join("\r\n")}\r\n`;
  it("gives a media type to files only", async () => {
    const { service, protocol } = listener([echo]);
    const body = lines(
      ...["--b", 'Content-Disposition: form-data; name="text"', "Content-Type: application/json", "", "{}"],
      ...["--b", 'content-disposition: form-data; name="file"; filename="a"', "", "raw"],
      ...["--b", 'content-disposition: form-data; filename="a"; name=bare', "content-type: image/png;q=1", "", ""],
      "--b--",
    );
    await ask(protocol, "POST", "/predictions/echo", {
      headers: { "content-type": 'multipart/form-data; boundary="b"' },
      body,
    });
    assert.deepEqual(
      service.seen[0]?.inputs.map(({ name, parameters }) => [name, parameters?.["content_type"]]),
      [
        ["text", undefined],
        ["file", "application/octet-stream"],
        ["bare", "image/png"],
      ],
    );
    assert.deepEqual(seenBy(service).fields, { text: "{}", file: "raw", bare: "" });
  });

  it("without a boundary is no form", async () => {
    const { service, protocol } = listener([echo]);
    await ask(protocol, "POST", "/predictions/echo", {
      headers: { "content-type": "multipart/form-data" },
      body: "data",
    });
    assert.deepEqual(seenBy(service).fields, { body: "data" });
  });

  for (const [what, body] of [
    ["without a name", lines("--b", "content-disposition: form-data", "", "x", "--b--")],
    ["without an end", lines("--b", 'content-disposition: form-data; name="a"', "", "x", "--b")],
    ["with a head that does not end", lines("--b", `x: ${"y".repeat(20_000)}`)],
  ] as const) {
    it(`${what} is refused`, async () => {
      const headers = { "content-type": "multipart/form-data; boundary=b" };
      assert.equal((await ask(listener([echo]).protocol, "POST", "/predictions/echo", { headers, body })).status, 400);
    });
  }
});

describe("a handler's answer in parts", () => {
  const next = (more: boolean) => ({ "http.header.ts_stream_next": String(more) });
  const streaming = (answers: () => AsyncGenerator<ReturnType<typeof prediction>>): FunctionModel => ({
    ...handlerModel("s", () => prediction("unused")),
    stream: answers,
  });

  it("comes part by part, the first one's headers before them", async () => {
    const { protocol } = listener([
      streaming(async function* () {
        yield prediction("a", "text/csv", { ...next(true), "http.status": 202 });
        yield prediction("b", "text/html", { ...next(true), "http.status": 500 });
        yield prediction("c", undefined, next(false));
      }),
    ]);
    const answer = await ask(protocol, "POST", "/predictions/s");
    assert.deepEqual(
      [answer.status, answer.headers["content-type"], answer.headers["ts_stream_next"], text(answer)],
      [202, "text/csv", "true", "abc"],
    );
  });

  it("is refused where it fails before the first, and breaks off where it fails later", async () => {
    const failure = () => new InferenceError("handler-failed", { model: "s", status: 507, reason: "Out of resources" });
    const first = listener([
      streaming(async function* () {
        if (first) throw failure();
        yield prediction("");
      }),
    ]);
    assert.equal((await ask(first.protocol, "POST", "/predictions/s")).status, 507);
    const later = listener([
      streaming(async function* () {
        yield prediction("a", undefined, next(true));
        throw failure();
      }),
    ]);
    await assert.rejects(ask(later.protocol, "POST", "/predictions/s"), { code: "handler-failed" });
  });

  it("is given up by who stops reading", async () => {
    let ended = false;
    const { protocol } = listener([
      streaming(async function* () {
        try {
          for (;;) yield prediction("a", undefined, next(true));
        } finally {
          ended = true;
        }
      }),
    ]);
    const [found] = protocol.handlers.filter(({ path }) =>
      path.text.includes("/predictions/{model}[/{version}][/{rest*}]"),
    );
    const request = { method: "POST", path: "/predictions/s", query: "", headers: {}, body: new Uint8Array() };
    const reply = await found?.handle(request, { model: "s" }, new AbortController().signal);
    assert.ok(reply && Symbol.asyncIterator in reply.body);
    for await (const _ of reply.body) break;
    assert.equal(ended, true);
  });
});

describe("a reason phrase", () => {
  const reasonOf = async (status: number, reason?: string) => {
    const parameters = { "http.status": status, ...(reason === undefined ? {} : { "http.reason": reason }) };
    const { protocol } = listener([handlerModel("m", () => prediction("", undefined, parameters))]);
    const [found] = protocol.handlers.filter(({ path }) => path.text === "/models/{model}/invoke");
    const request = { method: "POST", path: "/models/m/invoke", query: "", headers: {}, body: new Uint8Array() };
    return (await found?.handle(request, { model: "m" }, new AbortController().signal))?.reason;
  };

  it("is the handler's, or empty", async () => {
    assert.equal(await reasonOf(201, "Made Just Now"), "Made Just Now");
    assert.equal(await reasonOf(799), "");
    assert.equal(await reasonOf(200, "a\r\nset-cookie: b"), "");
  });

  it("of an error is the original's", () => {
    const { protocol } = listener([]);
    for (const [status, reason] of [
      [418, "Client Error (418)"],
      [299, "Success (299)"],
      [999, "Unknown Status (999)"],
      [503, undefined],
    ] as const) {
      const error = new InferenceError("handler-failed", { model: "m", status, reason: "" });
      assert.equal(protocol.refuse(error as Parameters<typeof protocol.refuse>[0]).reason, reason);
    }
  });
});
