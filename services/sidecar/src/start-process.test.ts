// A sidecar does not start where its command could not be trusted with what it opens.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { systemClock } from "@sealserve/serving";
import { sidecarStart } from "./start-process.ts";

test("inside Gramine nothing is asked, opened or started", async () => {
  const clock = systemClock();
  const flags = { command: ["serve"], upstream: "http://127.0.0.1:1", protocol: "any", port: 0, memoryFolder: "/none" };
  const hardware = () => assert.fail("evidence was asked for");
  await using stack = new AsyncDisposableStack();
  const start = sidecarStart({ file: null, env: {}, flags }, { clock, process, hardware, gramine: tmpdir() });
  await assert.rejects(start(stack, new AbortController().signal), { code: "in-enclave" });
});
