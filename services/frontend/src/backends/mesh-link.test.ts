// What a link takes from a backend, at most.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { test } from "node:test";
import { meshLinks } from "./mesh-link.ts";

test("a report of more than 64 MiB is not read", async () => {
  const server = createServer((_, response) => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    pipeline(Readable.from(Array.from({ length: 66 }, () => chunk)), response, () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const link = meshLinks({}, { mesh: null, epoch: Date.now })(`http://127.0.0.1:${port}`);
  try {
    await assert.rejects(link.report(AbortSignal.timeout(20_000)), { code: "too-large" });
  } finally {
    await link[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  }
});
