// Triton's metrics port: the text, and the emptiness around it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, textOf } from "@sealserve/primitives";
import { openInferenceMetrics } from "./open-inference-metrics.ts";

const protocol = openInferenceMetrics({ metrics: async () => "nv_x 1\n" });
const request = (method: string, path: string) => ({ method, path, query: "", headers: {}, body: new Uint8Array(0) });

test("answers both spellings of its path", async () => {
  for (const handler of protocol.handlers) {
    const path = handler.path.text;
    assert.ok(protocol.claims(path));
    const { status, body } = await handler.handle(request("GET", path), {}, new AbortController().signal);
    assert.equal(status, 200);
    assert.ok(!(Symbol.asyncIterator in body) && textOf(concatBytes(body)) === "nv_x 1\n");
  }
});

test("any other path is empty, any other method refused", () => {
  assert.equal(protocol.unmatched(request("GET", "/")).status, 200);
  assert.equal(protocol.unmatched(request("POST", "/metrics")).status, 405);
  assert.equal(protocol.claims("/v2"), false);
});
