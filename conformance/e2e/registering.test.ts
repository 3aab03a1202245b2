// Registering as TorchServe's users do: from the store and from elsewhere, under other names, in versions, with workers that come and go.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { zipBytes } from "../fixtures/zip-writer.ts";
import { archiveBytes } from "./archives.ts";
import { post } from "./exchange.ts";
import { type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const saying = (word: string): string => `export function handle(rows) { return rows.map(() => "${word}"); }\n`;
const extra = [{ name: "second.ts", data: saying("second") }];

let folder: TemporaryFolder;
let elsewhere: Server;
let origin: string;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("explicit/a.mar", archiveBytes({ name: "m", handler: saying("a"), extra }));
  await folder.write("explicit/b.mar", archiveBytes({ name: "m", version: "2.0-beta", handler: saying("b") }));
  await folder.write("explicit/bare.mar", zipBytes([{ name: "said.ts", data: saying("said") }]));
  await folder.write("kept/here.mar", archiveBytes({ name: "here", handler: saying("here") }));
  await folder.write("poll/here.mar", archiveBytes({ name: "here", handler: saying("here") }));
  elsewhere = createServer((_, reply) => reply.end(archiveBytes({ name: "away", handler: saying("away") })));
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
after(async () => {
  elsewhere.close();
  await folder[Symbol.asyncDispose]();
});

const start = (store: string, ...settings: readonly string[]): Promise<RunningServer> =>
  startServer(["--model-store", join(folder.path, store), ...settings.flatMap((each) => ["--set", each])]);

async function models(server: RunningServer, method: string, path: string) {
  const answer = await fetch(server.url("management", `/models${path}`), { method });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) };
}

async function says(server: RunningServer, model: string): Promise<string> {
  return (await post(server.url("torchserve", `/predictions/${model}`), "x", { "content-type": "text/plain" })).text;
}

test("two models come from one archive, and versions are any text", async () => {
  await using server = await start("explicit", "modelControl=explicit");
  const register = (query: string) => models(server, "POST", `?initial_workers=1&${query}`);
  assert.equal((await register("url=a.mar")).status, 200);
  assert.equal((await register("url=a.mar&model_name=other&handler=second.ts")).status, 200);
  assert.equal((await register("url=b.mar")).status, 200);
  assert.equal((await register("url=b.mar")).status, 409);
  const said = [await says(server, "m"), await says(server, "other"), await says(server, "m/2.0-beta")];
  assert.deepEqual(said, ["a", "second", "b"]);
  assert.equal((await models(server, "DELETE", "/m/1.0")).status, 403);
  assert.equal((await models(server, "PUT", "/m/2.0-beta/set-default")).status, 200);
  assert.equal(await says(server, "m"), "b");
  assert.equal((await models(server, "DELETE", "/m/1.0")).status, 200);
  const { json } = await models(server, "GET", "");
  assert.deepEqual(json, {
    models: [
      { modelName: "m", modelUrl: "b.mar" },
      { modelName: "other", modelUrl: "a.mar" },
    ],
  });
});

test("an archive that says nothing of itself is loaded as a call names it, and not otherwise", async () => {
  await using server = await start("explicit", "modelControl=explicit");
  const bare = await models(server, "POST", "?url=bare.mar");
  assert.deepEqual([bare.status, bare.json.message], [400, "Model name is not defined."]);
  const named = "?url=bare.mar&model_name=named&handler=said.ts&runtime=node&initial_workers=1";
  assert.equal((await models(server, "POST", named)).status, 200);
  assert.equal(await says(server, "named"), "said");
  const failing = await models(server, "POST", "?url=a.mar&handler=none.ts&initial_workers=1");
  assert.equal(failing.status, 500, failing.text);
  assert.equal((await models(server, "GET", "/m")).status, 404);
});

test("workers come and go, of one version alone, and those that stay are the same", async () => {
  await using server = await start("explicit", "modelControl=explicit");
  for (const url of ["a.mar", "b.mar"]) await models(server, "POST", `?initial_workers=1&url=${url}`);
  const described = async (version: string) => (await models(server, "GET", `/m/${version}`)).json[0];
  const [first] = (await described("1.0")).workers;
  assert.equal((await models(server, "PUT", "/m/1.0?min_worker=3&max_worker=5&synchronous=true")).status, 200);
  const { minWorkers, maxWorkers, workers } = await described("1.0");
  assert.deepEqual([minWorkers, maxWorkers, workers.length], [3, 5, 3]);
  assert.deepEqual(workers[0], first);
  assert.equal((await described("2.0-beta")).workers.length, 1);
  assert.equal((await models(server, "PUT", "/m/1.0?min_worker=0&synchronous=true")).status, 200);
  assert.match(await says(server, "m"), /has no worker to serve/);
  assert.equal((await models(server, "PUT", "/m?min_worker=1&synchronous=true")).status, 200);
  assert.equal(await says(server, "m"), "a");
});

test("what was fetched is no model of its own accord after a restart either", async () => {
  const settings = [
    "allowPrivateAddresses=true",
    `allowedUrls=["${origin}/.*"]`,
    `state=${join(folder.path, "state.sqlite")}`,
  ];
  {
    await using server = await start("kept", ...settings);
    const registered = await models(server, "POST", `?initial_workers=1&model_name=far&url=${origin}/fetched.mar`);
    assert.equal(registered.status, 200, registered.text);
  }
  await using server = await start("kept", ...settings);
  assert.equal(await says(server, "far"), "away");
  assert.equal((await models(server, "GET", "/away")).status, 404);
  assert.equal(await says(server, "here"), "here");
});

for (const control of ["explicit", "poll"]) {
  test(`an archive from elsewhere is fetched, served and removed (${control})`, async () => {
    const allowed = ["allowPrivateAddresses=true", `allowedUrls=["${origin}/.*"]`, "pollInterval=100ms"];
    await using server = await start("poll", `modelControl=${control}`, ...allowed);
    const url = `${origin}/models/fetched.mar`;
    const registered = await models(server, "POST", `?initial_workers=1&model_name=far&url=${url}`);
    assert.equal(registered.status, 200, registered.text);
    assert.equal(await says(server, "far"), "away");
    assert.equal((await models(server, "GET", "/far")).json[0].modelUrl, url);
    assert.equal((await models(server, "GET", "/away")).status, 404);
    assert.deepEqual(await readdir(join(folder.path, "poll")), ["fetched.mar", "here.mar"]);
    const again = await models(server, "POST", `?url=${url}`);
    assert.equal(again.status, 500);
    assert.match(again.text, /Model file already exists fetched\.mar/);
    assert.equal((await models(server, "DELETE", "/far")).status, 200);
    assert.deepEqual(await readdir(join(folder.path, "poll")), ["here.mar"]);
    const refused = await models(server, "POST", "?url=http://127.0.0.2/fetched.mar");
    assert.equal(refused.status, 404, refused.text);
  });
}
