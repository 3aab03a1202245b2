// Two tenants of one key broker share its mesh's root: what one of them calls a frontend or a backend is nothing to the other.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addModel } from "../fixtures/onnx-model.ts";
import { Adder, onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let folder: TemporaryFolder;
let broker: RunningProcess;
let listeners: Readonly<Record<string, string>>;
const adder = new Adder();

before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/add.onnx", addModel());
  broker = startProcess(["dev", "key-broker", ...hardware(), ...onFreePorts.keyBroker]);
  const ready = await broker.ready;
  listeners = ready.listeners;
  const appraisal = JSON.parse(await readFile(String(ready["policy"]), "utf8"));
  const policy = await folder.write(
    "policy.json",
    JSON.stringify({ appraisal, keys: [], roles: ["frontend", "backend"] }),
  );
  const asAdministrator = [
    "--broker",
    listeners["admin"] ?? "",
    "--admin-key",
    join(folder.path, "hardware", "admin.key"),
  ];
  for (const command of [
    ["tenants", "create", "other"],
    ["policy", "set", policy, "--tenant", "other", "--model", "mine"],
  ]) {
    const { code, stderr } = await runSealserve([...command, ...asAdministrator]);
    assert.equal(code, 0, stderr);
  }
});

after(async () => {
  adder[Symbol.dispose]();
  await broker?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function hardware(): readonly string[] {
  return ["--hardware", join(folder.path, "hardware")];
}

async function start(role: "frontend" | "backend", tenant: "dev" | "other", more: object): Promise<RunningProcess> {
  const process = tenant === "other" ? { process: "mine" } : {};
  const identity = { keyBroker: { url: listeners["broker"], tenant, ...process } };
  const config = await folder.write(`${role}-${tenant}.json`, JSON.stringify({ identity, drainDelay: 0, ...more }));
  return startProcess(["dev", role, ...hardware(), "--config", config, ...onFreePorts[role]]);
}

test("a frontend and a backend of different tenants do not talk to each other, and those of one do", async () => {
  const modelStore = join(folder.path, "store");
  await using dev = await start("backend", "dev", { modelStore });
  await using other = await start("backend", "other", { modelStore });
  const [own, foreign] = await Promise.all(
    [dev, other].map(async ({ ready }) => (await ready).listeners["backend"] ?? ""),
  );
  await using crossing = await start("frontend", "other", { backends: { addresses: [own] } });
  await using lured = await start("frontend", "dev", { backends: { addresses: [foreign] } });
  for (const [frontend, backend] of [
    [crossing, own],
    [lured, foreign],
  ] as const) {
    await until(async () => frontend.log().includes(`"backend":"${backend}","error"`), frontend.log);
    assert.match(frontend.log(), /its certificate is for/);
    assert.equal(
      (await adder.add(await frontend.listening("openInference.http and attestation and sealed-http"))).status,
      503,
    );
  }
  await using same = await start("frontend", "other", { backends: { addresses: [own, foreign] } });
  const url = (await same.ready).listeners["openInference.http"] ?? "";
  assert.equal((await adder.add(url)).status, 200);
});
