// Whose request it is, where several protocols share a port.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceError } from "@sealserve/inference";
import type { HttpRequest } from "@sealserve/protocols";
import { type Logger, silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import { createRouter } from "./router.ts";

const hello = async () => reply("hello");
const first = fakeProtocol("first", { "GET /a/{name}": hello, "POST /both": hello });
const second = fakeProtocol("second", { "POST /b": hello, "GET /both": hello });
const parts = { logger: silentLogger() };
const router = createRouter([first, second], parts);
const signal = new AbortController().signal;

const request = (method: string, path: string): HttpRequest => ({
  method,
  path,
  query: "",
  headers: {},
  body: new Uint8Array(0),
});

for (const [method, path, protocol, route] of [
  ["GET", "/a/x", "first", "GET /a/{name}"],
  ["HEAD", "/a/x", "first", "GET /a/{name}"],
  ["POST", "/b", "second", "POST /b"],
  ["POST", "/both", "first", "POST /both"],
  ["GET", "/both", "second", "GET /both"],
  ["DELETE", "/b", "second", null],
  ["GET", "/second/unknown", "second", null],
  ["GET", "/nobody's", "first", null],
] as const) {
  test(`${method} ${path} is for ${protocol}`, () => {
    const found = router.find(method, path);
    assert.equal(found.protocol.name, protocol);
    assert.equal(found.handler?.name ?? null, route);
  });
}

test("captures are decoded", () => {
  assert.deepEqual(router.find("GET", "/a/x%20y").captured, { name: "x y" });
});

test("what throws becomes the protocol's refusal", async () => {
  const failing = fakeProtocol("failing", {
    "GET /unknown": () => Promise.reject(new InferenceError("model-not-found", { model: "m" })),
    "GET /bug": () => Promise.reject(new TypeError("a bug")),
  });
  const routes = createRouter([failing], parts);
  for (const [path, code] of [
    ["/unknown", "model-not-found"],
    ["/bug", "internal"],
  ] as const) {
    const outcome = await routes.answer(routes.find("GET", path), request("GET", path), signal);
    assert.equal(outcome.error?.code, code);
    assert.equal(outcome.reply.status, 500);
  }
});

test("what a model's own code threw is in the log, and a client's mistakes are not", async () => {
  const entries: unknown[] = [];
  const logger: Logger = { ...silentLogger(), warn: (_, facts) => entries.push(facts) };
  const failing = fakeProtocol("failing", {
    "GET /mistake": () => Promise.reject(new InferenceError("model-not-found", { model: "m" })),
    "GET /models/{model}": () => {
      const facts = { model: "m", status: 503, reason: "Prediction failed" };
      return Promise.reject(new InferenceError("handler-failed", facts, new Error("out of ink")));
    },
  });
  const routes = createRouter([failing], { logger });
  for (const path of ["/mistake", "/models/m"])
    await routes.answer(routes.find("GET", path), request("GET", path), signal);
  const route = "GET /models/{model}";
  assert.deepEqual(entries, [{ protocol: "failing", route, model: "m", code: "handler-failed", reason: "out of ink" }]);
});

test("every reply has the protocol's headers, and may override them", async () => {
  const common = fakeProtocol("common", { "GET /own": async () => reply("x", { "x-a": "own" }) });
  const routes = createRouter(
    [{ ...common, replyHeaders: (status) => ({ "x-a": "common", "x-s": `${status}` }) }],
    parts,
  );
  const own = await routes.answer(routes.find("GET", "/own"), request("GET", "/own"), signal);
  assert.deepEqual(own.reply.headers, { "x-a": "own", "x-s": "200" });
  const none = await routes.answer(routes.find("GET", "/none"), request("GET", "/none"), signal);
  assert.deepEqual(none.reply.headers, { "x-a": "common", "x-s": "404" });
});
