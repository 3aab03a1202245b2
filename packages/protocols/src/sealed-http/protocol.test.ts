// What a request from inside a sealed message is told of where it came from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@sealserve/primitives";
import type { HttpHeaders, HttpRequest } from "../http/message.ts";
import { writeBinaryRequest } from "./binary-message.ts";
import { sealedHttp } from "./protocol.ts";
import { sealedHttpPath, sealedRequestType } from "./routes.ts";

const message = { method: "POST", path: "/v2/repository/models/m/unload", query: "", body: new Uint8Array() };

/** What the other protocols are asked. */
async function asked(outside: HttpHeaders, inside: HttpHeaders): Promise<HttpRequest | undefined> {
  const all: HttpRequest[] = [];
  const [handler] = sealedHttp({
    open: async (plaintext) => ({ kind: "opened", plaintext, seal: async function* () {} }),
    modelSetDigest: () => new Uint8Array(32),
    async answer(request) {
      all.push(request);
      return { status: 200, headers: {}, body: [] };
    },
  }).handlers;
  const headers = { "content-type": sealedRequestType, ...outside };
  const body = concatBytes(writeBinaryRequest({ ...message, headers: inside }));
  const outer = { method: "POST", path: sealedHttpPath, query: "", headers, body };
  await handler?.handle(outer, {}, new AbortController().signal);
  return all[0];
}

test("it came sealed, and on no connection of its own", async () => {
  const request = await asked({}, { authorization: "Bearer x" });
  assert.deepEqual({ ...request?.headers }, { authorization: "Bearer x" });
  assert.deepEqual([request?.sealed, request?.channel, request?.peer], [true, undefined, undefined]);
});

test("what the browser says of the page outside holds, whatever the page wrote inside", async () => {
  const outside = { origin: "https://page.example", "sec-fetch-site": "cross-site", authorization: "Bearer outside" };
  for (const inside of [{}, { origin: "https://good.example", "sec-fetch-site": "none" }]) {
    const { authorization: _, ...told } = outside;
    assert.deepEqual({ ...(await asked(outside, inside))?.headers }, told);
  }
});
