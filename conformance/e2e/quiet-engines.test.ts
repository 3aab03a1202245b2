// What an engine runs is told to nobody: onnxruntime's telemetry, on by default in its packages, is never started.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { identityModel } from "../fixtures/onnx-model.ts";
import { post } from "./exchange.ts";
import { startServer } from "./running-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const body = JSON.stringify({ instances: [[1, 2, 3, 4]] });

test("no file of a telemetry client appears beside a model that runs", async () => {
  await using store = await temporaryFolder();
  await using home = await temporaryFolder();
  await store.write("identity.onnx", identityModel());
  // Without the switch its device identifier, event database and log stand here within a second; `CI` would hide that.
  const env = { HOME: home.path, TMPDIR: home.path, XDG_CACHE_HOME: home.path };
  await using server = await startServer(["--model-store", store.path], { env });
  const { status } = await post(server.url("tensorflowServing", "/v1/models/identity:predict"), body);
  assert.equal(status, 200);
  await delay(1500);
  assert.deepEqual(await readdir(home.path), []);
});
