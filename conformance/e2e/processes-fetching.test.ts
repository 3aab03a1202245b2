// Models from elsewhere, where frontends and backends are processes of their own: each backend fetches the same bytes, and no others.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { archiveBytes } from "./archives.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";
import { workflowBytes } from "./workflow-archives.ts";

const saying = (word: string) => `export const handle = (rows) => rows.map(() => "${word}");\n`;
const away = archiveBytes({ name: "away", handler: saying("away") });
const other = archiveBytes({ name: "away", handler: saying("other") });
const functions = "export const end = (rows) => rows.map((row) => row.body.text() + '.');\n";
const spec = (origin: string) => `models: { far: { url: "${origin}/node.mar" } }\ndag: { far: [end], end: [] }\n`;

let folder: TemporaryFolder;
let elsewhere: Server;
let origin: string;
/** What the server gives now, by path. */
const files = new Map<string, Uint8Array>();
let asked: string[] = [];
let backends: RunningProcess[] = [];
let frontend: RunningProcess;
let listeners: Readonly<Record<string, string>>;

before(async () => {
  folder = await temporaryFolder();
  elsewhere = createServer(({ url = "" }, reply) => {
    asked.push(url);
    const [path = ""] = url.split("?");
    const content = files.get(path);
    reply.writeHead(content ? 200 : 404).end(content);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  for (const i of [0, 1])
    await folder.write(`store${i}/here.mar`, archiveBytes({ name: "here", handler: saying("here") }));
  backends = [await startBackend(0, "0"), await startBackend(1, "0")];
  const addresses = await Promise.all(backends.map(addressOf));
  const config = {
    mesh: null,
    state: join(folder.path, "state.sqlite"),
    drainDelay: 0,
    management: { timeout: "20s" },
  };
  const file = await folder.write("frontend.yaml", JSON.stringify({ ...config, backends: { addresses } }));
  frontend = startProcess(["frontend", "--config", file, ...onFreePorts.frontend]);
  listeners = (await frontend.ready).listeners;
});
after(async () => {
  for (const each of [frontend, ...backends]) await each?.[Symbol.asyncDispose]();
  elsewhere.close();
  elsewhere.closeAllConnections();
  await folder[Symbol.asyncDispose]();
});

async function startBackend(i: number, port: string, settings: readonly string[] = []): Promise<RunningProcess> {
  const allowed = { allowPrivateAddresses: true, allowedUrls: [`${origin}/.*`] };
  const config = {
    mesh: null,
    modelStore: join(folder.path, `store${i}`),
    drainDelay: 0,
    pollInterval: "100ms",
    ...allowed,
  };
  const file = await folder.write(`backend${i}.yaml`, JSON.stringify(config));
  const args = [...onFreePorts.backend, "--set", `listen.port=${port}`, ...settings];
  return startProcess(["backend", "--config", file, ...args]);
}

async function addressOf({ ready }: RunningProcess): Promise<string> {
  return (await ready).listeners["backend"] ?? "";
}

async function manage(method: string, path: string) {
  const answer = await fetch(`${listeners["torchserve.management"]}${path}`, { method });
  return { status: answer.status, text: await answer.text() };
}

/** What one of the backends itself answers. */
async function saidBy(backend: RunningProcess | undefined, model: string): Promise<string> {
  if (!backend) throw new Error("no such backend");
  const body = JSON.stringify({ inputs: [{ name: "body", datatype: "BYTES", shape: [1], data: ["x"] }] });
  const answer = await fetch(`${await addressOf(backend)}/v2/models/${model}/infer`, { method: "POST", body });
  const text = await answer.text();
  return answer.status === 200 ? JSON.parse(text).outputs[0].data[0] : text;
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const fetchedInto = (i: number, bytes: Uint8Array): boolean =>
  existsSync(join(folder.path, `store${i}/.fetched/${digestOf(bytes)}`));

it("every backend fetches what a call names, under the call's name alone", async () => {
  files.set("/m.mar", away);
  const url = `${origin}/m.mar?token=secret`;
  const registered = await manage("POST", `/models?initial_workers=1&model_name=far&url=${encodeURIComponent(url)}`);
  assert.deepEqual(registered, { status: 200, text: registered.text });
  assert.match(registered.text, /Model \\"far\\" Version: 1\.0 registered with 1 initial workers/);
  for (const [i, backend] of backends.entries()) {
    assert.equal(await saidBy(backend, "far"), "away");
    assert.match(await saidBy(backend, "away"), /away/);
    assert.ok(fetchedInto(i, away));
  }
  assert.equal(asked.length, 2);
  assert.equal(JSON.parse((await manage("GET", "/models/far")).text)[0].modelUrl, url);
  assert.equal((await manage("GET", "/models/away")).status, 404);
});

it("what is refused is refused as by serve", async () => {
  files.set("/here.mar", away);
  for (const [url, status, message] of [
    ["http://127.0.0.2/m.mar", 404, /Given URL .* does not match any allowed URL/],
    ["ftp://h/m.mar", 404, /not found|Not found/],
    [`${origin}/none.mar`, 400, /Failed to download archive from/],
    [`${origin}/m.txt`, 400, /no name for one/],
    [`${origin}/m.mar#sha256=${"0".repeat(64)}`, 400, /SHA-256/],
    [`${origin}/m.mar`, 500, /Model file already exists m\.mar/],
    [`${origin}/here.mar`, 500, /Model file already exists here\.mar/],
  ] as const) {
    const answer = await manage("POST", `/models?model_name=other&url=${encodeURIComponent(url)}`);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, message);
  }
});

it("a backend that comes with an empty store fetches the same bytes, and takes no others", async () => {
  const port = new URL(await addressOf(backends[1] as RunningProcess)).port;
  const again = async (): Promise<RunningProcess> => {
    await backends[1]?.[Symbol.asyncDispose]();
    await rm(join(folder.path, "store1/.fetched"), { recursive: true });
    const started = await startBackend(1, port, ["--set", "loadRetries=0"]);
    backends[1] = started;
    await started.ready;
    return started;
  };
  const fresh = await again();
  await until(async () => (await saidBy(fresh, "far")) === "away");
  files.set("/m.mar", other);
  const deceived = await again();
  await until(async () => /has the SHA-256/.test(await saidBy(deceived, "far/versions/1.0")));
  assert.doesNotMatch(await saidBy(deceived, "far/versions/1.0"), /secret/);
  assert.equal(await saidBy(backends[0], "far"), "away");
  const predicted = await fetch(`${listeners["torchserve.inference"]}/predictions/far`, { method: "POST", body: "x" });
  assert.equal(await predicted.text(), "away");
});

it("it goes with the last version that came from it", async () => {
  files.set("/m.mar", away);
  assert.equal((await manage("DELETE", "/models/far")).status, 200);
  await until(async () => !fetchedInto(0, away) && !fetchedInto(1, away));
});

it("a workflow and its models come from elsewhere, too", async () => {
  files.set("/node.mar", away);
  files.set("/w.war", workflowBytes({ name: "w", spec: spec(origin), handler: "f.js", source: functions }));
  const registered = await manage("POST", `/workflows?url=${origin}/w.war`);
  assert.equal(registered.status, 200, registered.text);
  const predicted = await fetch(`${listeners["torchserve.inference"]}/wfpredict/w`, { method: "POST", body: "x" });
  assert.equal(await predicted.text(), "away.");
  for (const backend of backends) assert.equal(await saidBy(backend, "w__far"), "away");
  asked = [];
  assert.equal((await manage("DELETE", "/workflows/w")).status, 200);
  await until(async () => !fetchedInto(0, away) && !fetchedInto(1, away));
});
