// While models load the server is alive and says that it is not ready; a signal ends the start at once.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { freePorts } from "../fixtures/spawned-command.ts";
import { archiveBytes } from "./archives.ts";
import { get, post } from "./exchange.ts";
import { closedGate } from "./gated-handler.ts";
import { spawnSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("models/line.onnx", identityModel());
});
after(() => folder[Symbol.asyncDispose]());

/** Loads once the file at `gate` is there. */
const slowToLoad = (gate: string): string => `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
export class Slow {
  async initialize() { while (!existsSync(${JSON.stringify(gate)})) await setTimeout(5); }
  handle(rows) { return rows.map(() => "awake"); }
}
`;

interface Starting extends Disposable {
  readonly child: ChildProcess;
  readonly log: () => string;
  /** Of a listener that is open already. */
  url(listener: string): string;
}

async function begin(gate: string): Promise<Starting> {
  await folder.write("models/slow.mar", archiveBytes({ name: "slow", handler: slowToLoad(gate) }));
  const child = spawnSealserve(["serve", ...freePorts, "--model-store", `${folder.path}/models`]);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  await until(
    async () => log.split('"listening"').length > 6,
    () => log,
  );
  const url = (listener: string): string => new RegExp(`${listener}","url":"([^"]+)"`).exec(log)?.[1] ?? "";
  return { child, log: () => log, url, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

test("not ready while a model loads, ready when all have", async () => {
  const gate = closedGate(folder);
  using starting = await begin(gate.path);
  const { child, url } = starting;
  const stdout = once(child.stdout ?? child, "data");
  const [v2, torchserve] = [url("openInference.http"), url("torchserve.inference")];
  assert.equal((await get(`${v2}/v2/health/live`)).status, 200);
  assert.equal((await get(`${v2}/v2/health/ready`)).status, 400);
  assert.equal((await get(`${torchserve}/ping`)).status, 500);
  const early = await post(`${torchserve}/predictions/slow`, "x");
  assert.equal(early.status, 503);
  assert.match(early.text, /loading/);
  await gate.open();
  assert.match(String(await stdout), /^\{"ready":true/);
  assert.equal((await get(`${v2}/v2/health/ready`)).status, 200);
  assert.equal((await post(`${torchserve}/predictions/slow`, "x")).text, "awake");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a signal while models load ends the start, and that is no failure", async () => {
  using starting = await begin(closedGate(folder).path);
  const { child, log } = starting;
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null], log());
});
