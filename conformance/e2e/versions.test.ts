// Versions that come, fail and go while the server runs: requests go on, and the states say what happened.
import assert from "node:assert/strict";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { identityModel, linearModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { get, json, post } from "./exchange.ts";
import { outputsOf, predict, protocolNames } from "./predictions.ts";
import { servedStore } from "./served-store.ts";
import type { TemporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** A model that multiplies its one number by `factor`. */
const times = (factor: number): Uint8Array => linearModel(1, 1, [factor]);

/** A version appears whole, as a careful owner lets it: written beside, then renamed. */
async function addVersion(
  store: TemporaryFolder,
  model: string,
  version: number,
  bytes: Uint8Array | string,
): Promise<void> {
  await store.write(`incoming-${model}-${version}/model.onnx`, bytes);
  await rename(join(store.path, `incoming-${model}-${version}`), join(store.path, "models", model, `${version}`));
}

const served = servedStore({
  folder: "models",
  args: [
    "--set",
    "pollInterval=50ms",
    "--set",
    "models.both.versions=all",
    "--set",
    "models.first.versions={specific: ['1']}",
  ],
  write: async (store) => {
    for (const model of ["both", "first", "newest", "grows", "fails"]) {
      await store.write(`models/${model}/1/model.onnx`, times(1));
      if (!["grows", "fails"].includes(model)) await store.write(`models/${model}/2/model.onnx`, times(2));
    }
    for (const version of ["1.0", "2.0"]) {
      const handler = `export const handle = (rows) => rows.map(() => "${version}");`;
      await store.write(`models/packed-${version}.mar`, archiveBytes({ name: "packed", version, handler }));
    }
    await store.write("models/steady.onnx", identityModel());
  },
});

/** What the model makes of 1, and so which version answered. */
async function factorOf(model: string, protocol: (typeof protocolNames)[number] = "openInference"): Promise<unknown> {
  const answer = await predict(served.server, protocol, model, { input: { values: [[1]] } });
  return outputsOf(protocol, answer, "output")["output"]?.[0];
}

interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason?: string;
}

async function index(model: string): Promise<readonly IndexEntry[]> {
  const entries = json(
    await post(served.server.url("openInference", "/v2/repository/index"), ""),
  ) as readonly IndexEntry[];
  return entries.filter(({ name }) => name === model);
}

for (const protocol of protocolNames) {
  test(`${protocol}: all versions, the newest, or those that the configuration names`, async () => {
    assert.deepEqual([await factorOf("both", protocol), await factorOf("both/1", protocol)], [2, 1]);
    assert.equal(await factorOf("newest", protocol), 2);
    assert.equal((await predict(served.server, protocol, "newest/1", { input: { values: [[1]] } })).status, 404);
    assert.equal(await factorOf("first", protocol), 1);
  });
}

test("archives of two versions are one model with both", async () => {
  const ask = async (rest: string): Promise<string> =>
    (await post(served.server.url("torchserve", `/predictions/packed${rest}`), "x")).text;
  assert.deepEqual([await ask(""), await ask("/1.0"), await ask("/2.0")], ["2.0", "1.0", "2.0"]);
});

test("a new version takes over, and no request fails on the way", async () => {
  const seen = new Set<unknown>();
  const asking = new AbortController();
  const clients = Array.from({ length: 3 }, async () => {
    while (!asking.signal.aborted) seen.add(await factorOf("grows"));
  });
  await until(async () => seen.has(1));
  await addVersion(served.store, "grows", 2, times(2));
  await until(
    async () => seen.has(2),
    () => "version 2 did not take over",
  );
  await until(async () =>
    (await index("grows")).every(({ version, state }) => (state === "READY") === (version === "2")),
  );
  asking.abort();
  await Promise.all(clients);
  assert.deepEqual([...seen], [1, 2]);
});

test("a new version that fails leaves the old one serving, until it is mended", async () => {
  await addVersion(served.store, "fails", 2, "no model");
  const failed = await until(async () =>
    (await index("fails")).find(({ version, reason }) => version === "2" && reason),
  );
  assert.equal(failed.state, "UNAVAILABLE");
  assert.match(failed.reason ?? "", /cannot be loaded/);
  assert.equal(await factorOf("fails"), 1);
  assert.equal((await get(served.server.url("openInference", "/v2/models/fails/ready"))).status, 200);
  await addVersion(served.store, "fails", 3, times(3));
  await until(async () => (await factorOf("fails")) === 3);
});

test("a model that is taken away goes, and others stay", async () => {
  await rm(join(served.store.path, "models/first"), { recursive: true });
  await until(
    async () => (await predict(served.server, "openInference", "first", { input: { values: [[1]] } })).status === 404,
  );
  assert.equal(await factorOf("both"), 2);
});

test("a store that vanishes unloads nothing, and one that comes back is read again", async () => {
  const [here, away] = [join(served.store.path, "models"), join(served.store.path, "away")];
  await rename(here, away);
  await until(async () => served.server.log().includes("the model store cannot be read"));
  assert.equal(await factorOf("both"), 2);
  await rename(away, here);
  await addVersion(served.store, "newest", 3, times(3));
  await until(async () => (await factorOf("newest")) === 3);
});
