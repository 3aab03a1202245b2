// The key broker goes away and comes back: what is served goes on, what is new waits with the reason, and nothing opens meanwhile.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addModel } from "../fixtures/onnx-model.ts";
import { Adder, onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let folder: TemporaryFolder;
let broker: RunningProcess;
let backend: RunningProcess;
let frontend: RunningProcess;
/** Of the frontend's Open Inference listener. */
let url: string;
const adder = new Adder();

const hardware = (): readonly string[] => ["--hardware", join(folder.path, "hardware")];
const allowed = ["add", "late"].flatMap((model) => ["--allow", model]);

before(async () => {
  folder = await temporaryFolder();
  await folder.write("add.onnx", addModel());
  await folder.write("store/.keep", "");
  broker = startProcess(["dev", "key-broker", ...hardware(), ...allowed, ...onFreePorts.keyBroker]);
  await seal("add");
  const identity = { keyBroker: { url: (await broker.ready).listeners["broker"], tenant: "dev" } };
  const common = { identity, drainDelay: 0 };
  const store = { ...common, modelStore: join(folder.path, "store"), pollInterval: 100 };
  const backendFile = await folder.write("backend.yaml", JSON.stringify(store));
  backend = startProcess(["dev", "backend", ...hardware(), "--config", backendFile, ...onFreePorts.backend]);
  const backends = { addresses: [(await backend.ready).listeners["backend"]], reportInterval: 100 };
  const frontendFile = await folder.write("frontend.yaml", JSON.stringify({ ...common, backends }));
  frontend = startProcess(["dev", "frontend", ...hardware(), "--config", frontendFile, ...onFreePorts.frontend]);
  url = (await frontend.ready).listeners["openInference.http"] ?? "";
});

after(async () => {
  adder[Symbol.dispose]();
  for (const each of [frontend, backend, broker]) await each?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function seal(model: string): Promise<void> {
  const [plain, out] = [join(folder.path, "add.onnx"), join(folder.path, `store/${model}.onnx.age`)];
  const { code, stderr } = await runSealserve([
    "seal",
    plain,
    "--to",
    String((await broker.ready)["recipient"]),
    "--out",
    out,
  ]);
  assert.equal(code, 0, stderr);
}

/** As clients of the frontend see it. */
async function statusOf(model: string) {
  const { text } = await adder.post(`${url}/v2/repository/index`);
  const entries: readonly { name: string; state: string; reason?: string }[] = JSON.parse(text);
  return entries.find(({ name }) => name === model);
}

test("without the key broker, what is served goes on, and a new model says why it waits and when it is asked for again", async () => {
  assert.equal((await adder.add(url)).status, 200);
  broker.process.kill("SIGKILL");
  await broker.ended();
  await seal("late");
  const waits = /broker-unavailable: .*\(retry \d of \d in \d+ ms\)$/;
  const waiting = await until(async () => {
    const found = await statusOf("late");
    return found && waits.test(found.reason ?? "") && found;
  });
  assert.equal(waiting.state, "LOADING");
  const refused = await adder.add(url, "late");
  assert.equal(refused.status, 404);
  assert.match(refused.text, /broker-unavailable/);
  assert.equal((await adder.add(url)).status, 200);
  const again = startProcess([
    "dev",
    "backend",
    ...hardware(),
    "--config",
    join(folder.path, "backend.yaml"),
    ...onFreePorts.backend,
  ]);
  await using _ = again;
  await until(async () => again.log().includes("the key broker"));
  assert.ok(!again.log().includes('"msg":"listening"'), "without a verdict nothing listens");
});

test("once the key broker is back, the model becomes ready by itself", async () => {
  const port = new URL(String((await broker.ready).listeners["broker"])).port;
  const ports = onFreePorts.keyBroker.map((flag) => (flag === "listen.port=0" ? `listen.port=${port}` : flag));
  broker = startProcess(["dev", "key-broker", ...hardware(), ...allowed, ...ports]);
  await broker.ready;
  const ready = async () => (await statusOf("late"))?.state === "READY";
  await until(ready, () => backend.log(), { limit: 90_000 });
  const answer = await until(async () => {
    const found = await adder.add(url, "late");
    return found.status === 200 && found;
  });
  assert.match(answer.text, /\[2\.0,4\.0,6\.0,8\.0\]/);
});
