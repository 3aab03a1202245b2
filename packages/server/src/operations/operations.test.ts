// What a process tells about itself, and how its metrics are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "@sealserve/primitives";
import { exposition } from "./exposition.ts";
import { operationsProtocol } from "./operations-protocol.ts";

test("health says that it runs, readiness why it takes nothing", async () => {
  let ready = false;
  const protocol = operationsProtocol("x", { ready: () => ready, reason: () => "it starts", metrics: async () => "m" });
  const ask = async (path: string): Promise<readonly [number, string]> => {
    const request = { method: "GET", path, query: "", headers: {}, body: utf8("") };
    const handler = protocol.handlers.find((each) => each.path.accepts(path));
    const reply = handler ? await handler.handle(request, {}, AbortSignal.abort()) : protocol.unmatched(request);
    return [reply.status, Buffer.concat(reply.body as readonly Uint8Array[]).toString()];
  };
  assert.deepEqual(await ask("/healthz"), [200, "ok\n"]);
  assert.deepEqual(await ask("/readyz"), [503, "not ready: it starts\n"]);
  ready = true;
  assert.deepEqual(await ask("/readyz"), [200, "ready\n"]);
  assert.deepEqual(await ask("/metrics"), [200, "m"]);
  assert.deepEqual(await ask("/v2/health/ready"), [404, "not found\n"]);
});

test("values of labels cannot break out of their quotes", () => {
  const samples = [{ labels: { model: 'a"b\\c\nd' }, value: 1 }, { value: Number.POSITIVE_INFINITY }];
  assert.equal(
    exposition([{ name: "m", type: "gauge", help: "h", samples }]),
    '# HELP m h\n# TYPE m gauge\nm{model="a\\"b\\\\c\\nd"} 1\nm +Inf\n',
  );
});
