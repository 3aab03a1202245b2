// Requests that came inside another: answered as if they had come by themselves, but for streams.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "@sealserve/primitives";
import { systemClock } from "@sealserve/serving";
import { silentLogger } from "../logger/logger.ts";
import { echo, fakeProtocol, reply } from "../testing/fake-protocol.ts";
import { answerInside } from "./answer-inside.ts";
import type { Exchange } from "./exchange.ts";

const signal = new AbortController().signal;

test("routes, refusals and unknown paths are answered by their protocol, and told", async () => {
  const told: Exchange[] = [];
  let made = 0;
  const streaming = async function* () {
    made++;
    yield new Uint8Array(1);
  };
  const protocol = fakeProtocol("fake", {
    "POST /echo": echo,
    "GET /text": async () => reply("text"),
    "GET /stream": async () => ({ status: 200, headers: {}, body: streaming() }),
    "GET /broken": async () => {
      throw new Error("not foreseen");
    },
  });
  const parts = { clock: systemClock(), logger: silentLogger(), observe: (exchange: Exchange) => told.push(exchange) };
  const answer = answerInside([protocol], parts);
  const ask = async (method: string, path: string): Promise<readonly [number, string]> => {
    const request = { method, path, query: "", headers: {}, body: new TextEncoder().encode("body") };
    const { status, body } = await answer(request, signal);
    return [status, body.map(textOf).join("")];
  };
  assert.deepEqual(await ask("POST", "/echo"), [200, "body"]);
  assert.deepEqual(await ask("HEAD", "/text"), [200, ""]);
  assert.deepEqual(await ask("GET", "/nothing"), [404, "fake has no GET /nothing"]);
  assert.deepEqual(await ask("GET", "/broken"), [500, "internal"]);
  assert.deepEqual([await ask("GET", "/stream"), made], [[500, "unsupported"], 0]);
  assert.deepEqual(
    told.map(({ route, status, error }) => [route, status, error?.code ?? null]),
    [
      ["POST /echo", 200, null],
      ["GET /text", 200, null],
      [null, 404, null],
      ["GET /broken", 500, "internal"],
      ["GET /stream", 500, "unsupported"],
    ],
  );
});
