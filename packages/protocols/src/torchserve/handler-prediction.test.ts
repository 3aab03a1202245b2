// Predictions of handlers over TorchServe: fields in, whatever the handler gave out.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ask, json, text } from "@sealserve/conformance/fixtures/ask-protocol";
import { echo, handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService } from "@sealserve/conformance/fixtures/model-service";
import { decodeByteStrings, encodeByteStrings } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { torchserveInference } from "./index.ts";

function listener(models: readonly FunctionModel[]) {
  const service = new ModelService(models);
  let next = 0;
  const parts = { service, ready: () => true, requestId: () => `id-${next++}`, pause: async () => {} };
  return { service, protocol: torchserveInference(parts) };
}

describe("a prediction of a handler", () => {
  it("gives a raw body as one field, with its media type and the headers", async () => {
    const { service, protocol } = listener([echo]);
    const body = Uint8Array.of(0, 255, 10);
    const headers = { "content-type": "image/png", "content-length": "3", accept: "*/*" };
    const answer = await ask(protocol, "POST", "/predictions/echo/1.0/some/path", { headers, body });
    assert.deepEqual([...answer.body], [...body]);
    const [seen] = service.seen;
    assert.deepEqual(seen?.model, { name: "echo", version: "1.0" });
    assert.deepEqual(seen?.inputs, [
      {
        name: "body",
        datatype: "BYTES",
        shape: [1],
        bytes: encodeByteStrings([body]),
        parameters: { content_type: "image/png" },
      },
    ]);
    assert.deepEqual(seen?.parameters, {
      "http.header.accept": "*/*",
      "http.header.content-type": "image/png",
      "http.header.url_path": "some/path",
      "http.header.explain": "False",
    });
  });

  it("takes any method", async () => {
    const { protocol } = listener([echo]);
    for (const method of ["POST", "PUT", "GET", "DELETE", "PATCH"]) {
      const answer = await ask(protocol, method, "/predictions/echo", { body: "hello" });
      assert.equal(text(answer), "hello", method);
    }
  });

  it("gives the parts of a form as fields, the last of one name", async () => {
    const { service, protocol } = listener([echo]);
    const form = new FormData();
    form.append("label", "first");
    form.append("label", "änd last");
    form.append("image", new Blob([Uint8Array.of(1, 255)], { type: "image/png" }), "a.png");
    const sent = new Request("http://localhost", { method: "POST", body: form });
    await ask(protocol, "POST", "/predictions/echo", {
      headers: Object.fromEntries(sent.headers),
      body: await sent.bytes(),
    });
    const fields = service.seen[0]?.inputs.map(({ name, bytes, parameters }) => {
      const [element] = decodeByteStrings(name, bytes);
      return [name, parameters, name === "label" ? textOf(element ?? new Uint8Array()) : [...(element ?? [])]];
    });
    assert.deepEqual(fields, [
      ["label", undefined, "änd last"],
      ["image", { content_type: "image/png" }, [1, 255]],
    ]);
  });

  it("gives the pairs of an encoded form as fields", async () => {
    const { service, protocol } = listener([echo]);
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    await ask(protocol, "POST", "/predictions/echo", { headers, body: "a=1+2&b=%C3%A4" });
    const values = service.seen[0]?.inputs.map(({ name, bytes }) => textOf(decodeByteStrings(name, bytes)[0] ?? bytes));
    assert.deepEqual(values, ["1 2", "ä"]);
  });

  for (const [what, contentType, body] of [
    ["no form", "multipart/form-data; boundary=b", "no form"],
    ["no delimiter", "multipart/form-data; boundary=b", "--c\r\n\r\n"],
    ["a form cut short", "multipart/form-data; boundary=b", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx'],
  ] as const) {
    it(`refuses a form that is ${what}`, async () => {
      const { service, protocol } = listener([echo]);
      const answer = await ask(protocol, "POST", "/predictions/echo", {
        headers: { "content-type": contentType },
        body,
      });
      assert.equal(answer.status, 400);
      assert.deepEqual(json(answer), { code: 400, type: "BadRequestException", message: "Invalid HTTP message." });
      assert.equal(service.seen.length, 0);
    });
  }

  for (const [contentType, one] of [
    ["application/x-www-form-urlencoded", "a=1&"],
    ["multipart/form-data; boundary=b", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'],
  ] as const) {
    it(`refuses 100,000 fields of ${contentType}`, async () => {
      const { service, protocol } = listener([echo]);
      const headers = { "content-type": contentType };
      const answer = await ask(protocol, "POST", "/predictions/echo", { headers, body: one.repeat(100_000) });
      assert.equal(answer.status, 400);
      assert.equal(service.seen.length, 0);
    });
  }

  it("answers with the status, headers and media type that the handler chose, but frames the reply itself", async () => {
    const parameters = { "http.status": 202, "http.header.x-mine": "yes", "http.header.content-length": "7" };
    const { protocol } = listener([handlerModel("m", () => prediction("{}", "application/json", parameters))]);
    const answer = await ask(protocol, "POST", "/predictions/m");
    assert.equal(answer.status, 202);
    assert.equal(answer.headers["x-mine"], "yes");
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["content-length"], undefined);
  });

  it("names no media type where the handler names none", async () => {
    const answer = await ask(listener([echo]).protocol, "POST", "/predictions/echo", { body: "x" });
    assert.equal(answer.headers["content-type"], undefined);
  });

  for (const [what, parameters] of [
    ["a status that is none", { "http.status": 99 }],
    ["a header that splits the reply", { "http.header.x-mine": "a\r\nset-cookie: b" }],
    ["a header without a name", { "http.header.": "a" }],
  ] as const) {
    it(`fails where the handler chose ${what}`, async () => {
      const { protocol } = listener([handlerModel("m", () => prediction("", undefined, parameters))]);
      const answer = await ask(protocol, "POST", "/predictions/m");
      assert.equal(answer.status, 500);
      assert.equal((json(answer) as { type: string }).type, "InternalServerException");
    });
  }

  it("answers with an object where there are several outputs", async () => {
    const output = (name: string, bytes: Uint8Array) =>
      ({ name, datatype: "BYTES", shape: [1], bytes: encodeByteStrings([bytes]) }) as const;
    const outputs = [output("a", utf8("text")), output("b", Uint8Array.of(255))];
    const answer = await ask(listener([handlerModel("m", () => ({ outputs }))]).protocol, "POST", "/predictions/m");
    assert.deepEqual(json(answer), { a: "text", b: { b64: "/w==" } });
  });

  it("gives the request the id that the reply names", async () => {
    const { service, protocol } = listener([echo]);
    const answer = await ask(protocol, "POST", "/predictions/echo", { headers: { "x-request-id": "the client's" } });
    assert.equal(answer.headers["x-request-id"], service.seen[0]?.id);
  });
});
