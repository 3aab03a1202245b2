// How the server ends: what is in flight is finished within the limit, a second signal does not wait, and the exit code tells.
import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:os";
import { after, before, test } from "node:test";
import { slowModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { get, post } from "./exchange.ts";
import { closedGate, gatedHandler } from "./gated-handler.ts";
import { type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let store: TemporaryFolder;
before(async () => {
  store = await temporaryFolder();
  await store.write("models/gated.mar", archiveBytes({ name: "gated", handler: gatedHandler }));
  await store.write("models/slow.onnx", slowModel());
});
after(() => store[Symbol.asyncDispose]());

const start = (...args: readonly string[]): Promise<RunningServer> =>
  startServer(["--model-store", `${store.path}/models`, ...args]);

/** As a shell tells it: an end by a signal is 128 and the signal's number. */
async function exitCode({ process }: RunningServer): Promise<number | null> {
  if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
  return process.signalCode === null ? process.exitCode : 128 + constants.signals[process.signalCode];
}

const predictions = (server: RunningServer): string => server.url("torchserve", "/predictions/gated");

/** Nobody may come in any more. */
function refused(server: RunningServer): Promise<boolean> {
  return until(() =>
    get(server.url("openInference", "/v2/health/live")).then(
      () => false,
      () => true,
    ),
  );
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal}: nobody new is let in, what is in flight is finished, and the code is 0`, async () => {
    await using server = await start();
    const gate = closedGate(store);
    const answer = post(predictions(server), gate.path);
    await gate.begun();
    server.process.kill(signal);
    await refused(server);
    assert.equal(server.process.exitCode, null);
    await gate.open();
    assert.equal((await answer).text, "done");
    assert.equal(await exitCode(server), 0);
  });
}

test("idle: it ends at once", async () => {
  await using server = await start();
  await get(server.url("openInference", "/v2"));
  const begun = performance.now();
  server.process.kill("SIGTERM");
  assert.equal(await exitCode(server), 0);
  assert.ok(performance.now() - begun < 5_000);
});

test("the drain limit: what takes longer is given up, and the code is 1", async () => {
  await using server = await start("--set", "drainTimeout=200ms");
  const gate = closedGate(store);
  const answer = post(predictions(server), gate.path);
  answer.catch(() => "its connection is closed");
  await gate.begun();
  server.process.kill("SIGTERM");
  await assert.rejects(answer);
  await gate.open();
  assert.equal(await exitCode(server), 1);
  assert.match(server.log(), /in flight/);
});

test("a second signal does not wait", async () => {
  await using server = await start();
  const gate = closedGate(store);
  post(predictions(server), gate.path).catch(() => "its connection is closed");
  await gate.begun();
  server.process.kill("SIGTERM");
  await refused(server);
  server.process.kill("SIGTERM");
  assert.equal(await exitCode(server), 143);
});

test("a second signal does not wait for native code either", async () => {
  await using server = await start();
  const body = { inputs: [{ name: "steps", datatype: "INT64", shape: [1], data: [1_000_000] }] };
  post(server.url("openInference", "/v2/models/slow/infer"), body).catch(() => "its connection is closed");
  const metrics = server.url("tritonMetrics", "/metrics");
  await until(async () => /request_success/.test((await get(metrics)).text));
  server.process.kill("SIGTERM");
  await refused(server);
  server.process.kill("SIGINT");
  assert.equal(await exitCode(server), 130);
});
