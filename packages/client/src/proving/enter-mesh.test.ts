// A process waits for a broker that is away as long as it takes; only whoever stops it ends that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeAttester } from "@sealserve/conformance/fixtures/fake-tee";
import { connectKeyBroker } from "../key-broker/connect-key-broker.ts";
import { enterMesh } from "./enter-mesh.node.ts";

test("a broker that cannot be reached is asked for hours, and the process neither ends nor goes on", async () => {
  const stopping = new AbortController();
  const reason = new Error("stop");
  let asked = 0;
  const broker = connectKeyBroker(new URL("https://broker.example:8440"), {
    async fetch() {
      asked++;
      throw new TypeError("fetch failed");
    },
  });
  const pause = async (attempt: number): Promise<void> => {
    if (attempt === 500) stopping.abort(reason);
  };
  const parts = {
    ...{ broker, attester: fakeAttester, pause, logger: { info() {}, warn() {} } },
    clock: { epoch: () => 0, setTimer: () => ({ cancel() {} }) },
  };
  const options = { role: "backend", tenant: "acme", process: "server" } as const;
  await assert.rejects(enterMesh(options, parts, stopping.signal), reason);
  assert.ok(asked >= 500);
});
