// A key broker, two backends and two frontends as processes of their own on simulated hardware: the walk of a request, and of a certificate.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { parsePolicy, parseTrustAnchors } from "@sealserve/attestation";
import { openAttested } from "@sealserve/client/node";
import { createTrust, type ReportDataFields } from "@sealserve/session";
import { addModel } from "../fixtures/onnx-model.ts";
import { Adder, onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** Seconds. */
const meshLifetime = 5;

let folder: TemporaryFolder;
let broker: RunningProcess;
let backends: readonly RunningProcess[];
let frontends: readonly RunningProcess[];
/** Of the frontends' Open Inference listeners. */
let urls: readonly string[];
const adder = new Adder();

before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/add.onnx", addModel());
  const hardware = ["--hardware", join(folder.path, "hardware")];
  const life = ["--mesh-lifetime", String(meshLifetime)];
  broker = startProcess(["dev", "key-broker", ...hardware, ...life, ...onFreePorts.keyBroker]);
  const { listeners } = await broker.ready;
  const identity = { keyBroker: { url: listeners["broker"], tenant: "dev" } };
  const common = { identity, drainDelay: 1500 };
  const store = { ...common, modelStore: join(folder.path, "store") };
  const backendFile = await folder.write("backend.yaml", JSON.stringify(store));
  backends = [1, 2].map(() =>
    startProcess(["dev", "backend", ...hardware, "--config", backendFile, ...onFreePorts.backend]),
  );
  const addresses = await Promise.all(backends.map(async ({ ready }) => (await ready).listeners["backend"]));
  const state = join(folder.path, "state.sqlite");
  const frontendFile = await folder.write(
    "frontend.yaml",
    JSON.stringify({ ...common, state, backends: { addresses } }),
  );
  frontends = [1, 2].map(() =>
    startProcess(["dev", "frontend", ...hardware, "--config", frontendFile, ...onFreePorts.frontend]),
  );
  const ready = await Promise.all(frontends.map((frontend) => frontend.ready));
  urls = ready.map(({ listeners: all }) => all["openInference.http"] ?? "");
});

after(async () => {
  adder[Symbol.dispose]();
  for (const each of [...(frontends ?? []), ...(backends ?? []), broker]) await each?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Asks both frontends in turn until told to stop; tells every answer that was not the sum. */
function traffic() {
  const failures: string[] = [];
  let answered = 0;
  let stopped = false;
  const loops = [0, 1, 2, 3].map(async (i) => {
    while (!stopped) {
      const { status, text } = await adder
        .add(urls[i % 2] ?? "")
        .catch((error) => ({ status: 0, text: String(error) }));
      if (status === 200 && text.includes("[2.0,4.0,6.0,8.0]")) answered++;
      else failures.push(`${status} ${text}`);
      await wait(5);
    }
  });
  return {
    async stop(): Promise<{ readonly failures: readonly string[]; readonly answered: number }> {
      stopped = true;
      await Promise.all(loops);
      return { failures, answered };
    },
  };
}

test("each frontend answers, and proves what it is and what is loaded behind it", async () => {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(readFileSync(String((await broker.ready)[name]), "utf8"));
  const trust = createTrust(
    { policy: parsePolicy(await read("policy")) },
    { anchors: parseTrustAnchors(await read("trustAnchor")), collateral: "stapled", now: () => new Date() },
  );
  const digests = new Set<string>();
  const meshes = new Set<string>();
  for (const url of urls) {
    assert.match((await adder.add(url)).text, /\[2\.0,4\.0,6\.0,8\.0\]/);
    const onAttested = ({ fields }: { readonly fields: ReportDataFields }) => {
      digests.add(Buffer.from(fields.modelSetDigest).toString("hex"));
      meshes.add(Buffer.from(fields.meshDigest ?? []).toString("hex"));
    };
    await using connection = await openAttested(url, trust, {}, { onAttested });
    assert.equal((await connection.fetch(`${url}/v2/health/ready`, {})).status, 200);
  }
  assert.equal(digests.size, 1, "both frontends name the same set of models");
  assert.deepEqual(
    [...meshes].map((mesh) => mesh.length),
    [64],
    "and the same mesh",
  );
});

test("health and metrics are on a port of their own, where there is no inference", async () => {
  for (const { ready } of [...frontends, ...backends]) {
    const { listeners } = await ready;
    const operations = listeners["frontend.operations"] ?? listeners["backend.operations"];
    assert.equal((await fetch(`${operations}/readyz`)).status, 200);
    assert.match(await (await fetch(`${operations}/metrics`)).text(), /^# HELP sealserve_/m);
    assert.equal((await fetch(`${operations}/v2/health/live`)).status, 404);
  }
});

test("what is said to one frontend holds at all of them, and on every backend", async () => {
  const [first = "", second = ""] = urls;
  const say = async (what: "load" | "unload", path: string) => {
    assert.equal((await adder.post(`${first}/v2/repository/models/${path}/${what}`)).status, 200);
  };
  await say("unload", "add");
  for (const url of [first, second]) await until(async () => (await adder.add(url)).status === 404);
  await say("load", "add");
  const everywhere = async (): Promise<boolean> => {
    const readiness = await Promise.all(
      backends.map(async ({ ready }) => {
        const metrics = await fetch(`${(await ready).listeners["backend.operations"]}/metrics`);
        return /sealserve_model_state\{model="add",version="1",state="available"\} 1/.test(await metrics.text());
      }),
    );
    return readiness.every((available) => available);
  };
  await until(everywhere);
  for (const url of [first, second]) await until(async () => (await adder.add(url)).status === 200);
});

test("certificates end and are renewed, and a backend that is told to stop goes, without a lost request", async () => {
  const running = traffic();
  await wait(meshLifetime * 1000 + 500);
  const [, leaving] = backends;
  assert.ok(leaving);
  leaving.process.kill("SIGTERM");
  assert.equal(await leaving.ended(), 0);
  await wait(500);
  const { failures, answered } = await running.stop();
  assert.deepEqual(failures, []);
  assert.ok(answered > 100, `only ${answered} requests were answered`);
  for (const each of [...frontends, ...backends]) assert.match(each.log(), /the mesh certificate was renewed/);
});

test("a frontend that is told to stop says so first, and ends in good order", async () => {
  const [, leaving] = frontends;
  assert.ok(leaving);
  const operations = (await leaving.ready).listeners["frontend.operations"];
  leaving.process.kill("SIGTERM");
  const answer = await until(async () => {
    const found = await fetch(`${operations}/readyz`);
    return found.status === 503 && (await found.text());
  });
  assert.match(answer, /it drains/);
  assert.equal((await adder.add(urls[1] ?? "")).status, 200);
  assert.equal(await leaving.ended(), 0);
});

test("without the key broker requests are answered until certificates end, and not after that", async () => {
  const [url = ""] = urls;
  broker.process.kill("SIGKILL");
  await broker.ended();
  assert.equal((await adder.add(url)).status, 200);
  const refused = await until(async () => {
    const answer = await adder.add(url);
    return answer.status !== 200 && answer;
  });
  assert.equal(refused.status, 503);
  await until(async () => backends[0]?.log().includes("the mesh certificate could not be renewed"));
});
