// Calls that change models, over the command as users start it: what they change, what lasts, and who may make them.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { archiveBytes } from "./archives.ts";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const identity = 'backend: "identity"\nmax_batch_size: 8\n';
const handler = "export function handle(rows) { return rows.map(() => 'answer'); }\n";

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/m/config.pbtxt", identity);
  for (const version of [1, 2]) await folder.write(`store/m/${version}/x`, "");
});
after(() => folder[Symbol.asyncDispose]());

const start = (...args: string[]): Promise<RunningServer> =>
  startServer(["--model-store", join(folder.path, "store"), ...args]);

async function call(
  server: RunningServer,
  method: string,
  listener: "management" | "openInference",
  path: string,
  headers = {},
) {
  const answer = await fetch(server.url(listener, path), { method, headers });
  return { status: answer.status, text: await answer.text() };
}

const triton = (server: RunningServer, path: string, headers = {}) =>
  call(server, "POST", "openInference", `/v2/repository/${path}`, headers);
const torchserve = (server: RunningServer, method: string, path: string, headers = {}) =>
  call(server, method, "management", `/models${path}`, headers);

async function loaded(server: RunningServer): Promise<string[]> {
  const index = JSON.parse((await triton(server, "index")).text) as { name: string; version: string; state: string }[];
  return index.filter(({ state }) => state === "READY").map(({ name, version }) => `${name} ${version}`);
}

describe("changes of models", () => {
  it("last over a restart where a database keeps them, and end with the process where none does", async () => {
    const state = ["--set", `state=${join(folder.path, "kept/state.sqlite")}`];
    {
      await using server = await start(...state);
      assert.deepEqual(await loaded(server), ["m 2"]);
      assert.equal((await torchserve(server, "PUT", "/m?min_worker=2&synchronous=true")).status, 200);
      assert.match((await torchserve(server, "GET", "/m")).text, /"minWorkers": 2/);
      assert.equal((await torchserve(server, "DELETE", "/m")).status, 200);
      assert.deepEqual(await loaded(server), []);
      assert.equal((await torchserve(server, "DELETE", "/m")).status, 404);
    }
    {
      await using server = await start(...state);
      assert.deepEqual(server.ready.models, []);
      assert.equal((await triton(server, "models/m/load")).status, 200);
      assert.deepEqual(await loaded(server), ["m 2"]);
    }
    await using forgetful = await start();
    assert.equal((await triton(forgetful, "models/m/unload")).status, 200);
    await using again = await start();
    assert.deepEqual(
      again.ready.models.map(({ name }) => name),
      ["m"],
    );
  });

  it("are all there is where the store is controlled explicitly, and take a file that was put there just now", async () => {
    await using server = await start("--set", "modelControl=explicit", "--set", "pollInterval=0");
    assert.deepEqual(server.ready.models, []);
    assert.equal((await torchserve(server, "POST", "?url=late.mar")).status, 404);
    await folder.write("store/late.mar", archiveBytes({ name: "late", handler }));
    const registered = await torchserve(server, "POST", "?url=late.mar");
    assert.deepEqual(registered.status, 200, registered.text + server.log());
    assert.deepEqual(await loaded(server), ["late 1.0"]);
    assert.match((await triton(server, "models/none/load")).text, /failed to load 'none'/);
    await rm(join(folder.path, "store/late.mar"));
  });

  it("of the default version hold for every protocol", async () => {
    await using server = await start("--set", "models.m.versions=all");
    assert.equal((await torchserve(server, "PUT", "/m/1/set-default")).status, 200);
    assert.match((await torchserve(server, "GET", "/m")).text, /"modelVersion": "1"/);
    const metadata = await fetch(server.url("tensorflowServing", "/v1/models/m/metadata"));
    assert.match(await metadata.text(), /"version": "1"/);
    assert.equal((await torchserve(server, "DELETE", "/m/1")).status, 403);
    assert.equal((await torchserve(server, "DELETE", "/m/2")).status, 200);
    assert.deepEqual(await loaded(server), ["m 1"]);
  });

  it("come one after the other where they race: one of the two states holds", async () => {
    await using server = await start();
    const scale = (count: number) => torchserve(server, "PUT", `/m?min_worker=${count}&synchronous=true`);
    const answers = await Promise.all([2, 3, 2, 3].map(scale));
    for (const { status } of answers) assert.equal(status, 200);
    assert.match((await torchserve(server, "GET", "/m")).text, /"minWorkers": [23],/);
  });
});

describe("whoever changes models", () => {
  it("shows the token where there is one", async () => {
    const token = await folder.write("token", "a-token-of-some-length\n");
    await using server = await start("--set", `management.tokenFile=${token}`);
    const refused = await torchserve(server, "DELETE", "/m");
    assert.deepEqual([refused.status, JSON.parse(refused.text).type], [400, "InvalidKeyException"]);
    assert.equal((await triton(server, "models/m/unload")).status, 403);
    assert.deepEqual(await loaded(server), ["m 2"]);
    const proof = { authorization: "Bearer a-token-of-some-length" };
    assert.equal((await triton(server, "models/m/unload", proof)).status, 200);
  });

  it("is no web page", async () => {
    await using server = await start();
    assert.equal((await triton(server, "models/m/unload", { origin: "https://page.example" })).status, 403);
  });

  it("is nobody on a host outside loopback without either, and a wish for that ends the start", async () => {
    const outside = ["--host", "0.0.0.0", "--insecure-plaintext"];
    await using server = await start(...outside);
    assert.equal((await torchserve(server, "DELETE", "/m")).status, 405);
    assert.equal((await triton(server, "models/m/unload")).status, 503);
    const wish = ["serve", "--model-store", join(folder.path, "store"), ...outside, "--set", "management.changes=true"];
    const ended = await runSealserve(wish);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /management\.tokenFile/);
  });
});
