// Processes that start while PostgreSQL is away: alive, not ready with the reason, nobody served; and they begin when it comes.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { MeshBackend } from "../fixtures/mesh-backend.ts";
import { type PostgresCluster, postgresPrograms, startPostgres } from "../fixtures/postgres-cluster.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

const programs = postgresPrograms();
const skip = programs === null && "PostgreSQL is not installed under /usr/lib/postgresql";
let folder: TemporaryFolder;
let cluster: PostgresCluster | null = null;
let databases: { readonly state: string; readonly broker: string };

before(async () => {
  folder = await temporaryFolder();
  if (!programs) return;
  cluster = startPostgres(programs);
  databases = { state: cluster.newDatabase("state"), broker: cluster.newDatabase("broker") };
  cluster.stop();
});
after(async () => {
  cluster?.[Symbol.dispose]();
  await folder[Symbol.asyncDispose]();
});

async function startFrontend(backend: string): Promise<RunningProcess> {
  const config = { mesh: null, backends: { addresses: [backend] }, state: databases.state, drainDelay: 0 };
  const file = await folder.write("frontend.yaml", JSON.stringify(config));
  return startProcess(["frontend", "--config", file, ...onFreePorts.frontend]);
}

async function startBroker(): Promise<RunningProcess> {
  const { publicKey } = generateKeyPairSync("ed25519");
  const admin = await folder.write("admin.pub", publicKey.export({ type: "spki", format: "pem" }).toString());
  const config = {
    ...{ trustDomain: "late.test", database: databases.broker },
    rootKey: { file: await folder.write("root.key", randomBytes(32)) },
    admin: { administrators: [{ name: "a", publicKey: admin, roles: ["auditor"] }] },
  };
  const file = await folder.write("broker.yaml", JSON.stringify(config));
  return startProcess(["key-broker", "--config", file, ...onFreePorts.keyBroker]);
}

async function asked(url: string): Promise<readonly [number, string]> {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
}

test("a frontend and a key broker wait for their database, and say so", { skip }, async () => {
  await using backend = await MeshBackend.start({ tls: null, models: ["m"] });
  await using frontend = await startFrontend(backend.url);
  await using broker = await startBroker();
  const away = {
    "frontend.operations": "not ready: the desired state is not known: its database cannot be reached\n",
    "keyBroker.operations": "not ready: its database cannot be reached\n",
  };
  for (const [process, part] of [
    [frontend, "frontend.operations"],
    [broker, "keyBroker.operations"],
  ] as const) {
    const operations = await process.listening(part);
    await until(
      async () => (await asked(`${operations}/readyz`))[1] === away[part],
      () => process.log(),
    );
    assert.deepEqual(await asked(`${operations}/healthz`), [200, "ok\n"]);
    assert.equal((await asked(`${operations}/metrics`))[0], 200);
    // Nobody is served by a process that does not know what holds.
    assert.equal(process.log().match(/"listening"/g)?.length, 1);
  }
  cluster?.start();
  const [frontendReady, brokerReady] = await Promise.all([frontend.ready, broker.ready]);
  for (const url of [frontendReady.listeners["frontend.operations"], brokerReady.listeners["operations"]]) {
    assert.deepEqual(await asked(`${url}/readyz`), [200, "ready\n"]);
  }
  const [status] = await asked(`${frontendReady.listeners["openInference.http"]}/v2/models/m`);
  assert.equal(status, 200);
});

test("they stop in good order while they wait", { skip }, async () => {
  cluster?.stop();
  try {
    await using broker = await startBroker();
    await using frontend = await startFrontend("http://127.0.0.1:1");
    for (const [process, part] of [
      [frontend, "frontend.operations"],
      [broker, "keyBroker.operations"],
    ] as const) {
      await process.listening(part);
      process.process.kill("SIGTERM");
      assert.equal(await process.ended(), 0, process.log());
    }
  } finally {
    cluster?.start();
  }
});
