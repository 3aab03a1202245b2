// The rendered pods of a TDX installation as local processes, on simulated hardware: a key's walk from the broker to a prediction.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runSealserve } from "../e2e/running-server.ts";
import { until } from "../e2e/until.ts";
import { addModel } from "../fixtures/onnx-model.ts";
import { Cluster, type RunningPod } from "./cluster/cluster.ts";
import { withoutNamespaces } from "./cluster/fabric.ts";
import { imageOf } from "./cluster/laid-out-image.ts";
import type { Image } from "./cluster/started-container.ts";
import { render, withoutHelm } from "./helm.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

const skip = withoutHelm || withoutNamespaces();
const folder = mkdtempSync(join(tmpdir(), "sealserve-tee-cluster-"));
const memory = mkdtempSync("/dev/shm/sealserve-tee-cluster-");
const [hardware, models] = [join(folder, "hardware"), join(folder, "models")];
/** Simulated hardware has a tenant of this name ready. */
const asRoot = "tee.configfs.asRoot=true";
const set = ["keyBroker.tenant=dev", "test.model=add", asRoot];
const json = ['test.inputs=["a=[[1,2,3,4]]","b=[[10,20,30,40]]"]'];

/** What the notes tell the owner to make, where simulated hardware finds it too. */
function ownersSecret(): KubernetesObject {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const files = {
    "root.key": randomBytes(32).toString("hex"),
    "admin.pub": publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
  const owned = { ...files, "admin.key": privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  for (const [name, text] of Object.entries(owned)) {
    writeFileSync(join(hardware, name), text);
    chmodSync(join(hardware, name), 0o644);
  }
  const data = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
  );
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "sealserve-key-broker" }, data };
}

/** The same processes, on hardware whose root lies in a folder. */
function onSimulated(
  cli: Image,
  process: string,
  more: Partial<Image> & { readonly flags?: readonly string[] } = {},
): Image {
  const { flags = [], ...rest } = more;
  return {
    ...cli,
    ...rest,
    mounts: { "/hardware": hardware },
    argsOf: ([config = ""]) => ["dev", process, "--hardware=/hardware", ...flags, `--config=${config}`],
  };
}

let cluster: Cluster;
let broker: RunningPod;
let frontend: RunningPod;
let backend: RunningPod;

before(async () => {
  if (skip) return;
  for (const each of [hardware, models]) mkdirSync(each);
  chmodSync(hardware, 0o777);
  const cli = await imageOf(folder, "apps/cli");
  const objects = [...render({ values: ["tdx"], set: [...set, "test.policy=later"], json }), ownersSecret()];
  const images = {
    // It prepares its tenant by its own admin listener, whose address is on no certificate.
    "sealserve-key-broker": onSimulated(cli, "key-broker", {
      flags: ["--allow=add"],
      env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    }),
    "sealserve-frontend": onSimulated(cli, "frontend"),
    "sealserve-backend": onSimulated(cli, "backend"),
    "sealserve-cli": {
      ...cli,
      mounts: { "/hardware": hardware },
      argsOf: (args: readonly string[]) => [...args, "--trust-anchor=/hardware/trust-anchor.json"],
    },
  };
  cluster = await Cluster.open({ objects, folder, memory, images, claims: { "sealserve-models": models } });
  broker = await cluster.start("sealserve-key-broker");
  await cluster.ready(broker);
  // Its tenant is there a moment later.
  await until(async () => broker.main.log().includes('"recipient"'));
  writeFileSync(join(folder, "add.onnx"), addModel());
  const { recipient } = JSON.parse(/^\{"ready":true.*$/m.exec(broker.main.log())?.[0] ?? "{}");
  const sealed = ["seal", join(folder, "add.onnx"), "--to", recipient, "--out", join(models, "add.onnx.age")];
  assert.equal((await runSealserve(sealed)).code, 0);
  backend = await cluster.start("sealserve-backend-main");
  frontend = await cluster.start("sealserve-frontend");
  for (const pod of [backend, frontend]) await cluster.ready(pod);
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  for (const each of [folder, memory]) rmSync(each, { recursive: true });
});

test("helm test verifies the frontend and asks the sealed model", { skip }, async () => {
  const policy = JSON.stringify(readFileSync(join(hardware, "policy.json"), "utf8"));
  const objects = render({ values: ["tdx"], set, json: [...json, `test.policy=${policy}`] });
  const [verified, printed] = await cluster.run("sealserve-test", objects);
  assert.match(verified ?? "", /pass/i);
  assert.deepEqual(JSON.parse(printed ?? ""), { sum: [[11, 22, 33, 44]], difference: [[-9, -18, -27, -36]] });
});

test("helm test without a policy and a model verifies all the same, and asks any model with zeros", {
  skip,
}, async () => {
  const objects = render({ values: ["tdx"], set: ["keyBroker.tenant=dev", asRoot] });
  const [verified, printed] = await cluster.run("sealserve-test", objects);
  assert.match(verified ?? "", /^PASS$/m);
  assert.deepEqual(JSON.parse(printed ?? ""), { sum: [[0, 0, 0, 0]], difference: [[0, 0, 0, 0]] });
});

test("every metric of the dashboard and of the alerts is told by a process", { skip }, async () => {
  const told = new Set<string>();
  for (const [{ address }, url] of [
    [frontend, "http://HOST:9002/metrics"],
    [frontend, "https://HOST:8002/metrics"],
    [backend, "http://HOST:9001/metrics"],
    [broker, "http://HOST:8442/metrics"],
  ] as const) {
    const text = await cluster.fetchText(url.replace("HOST", address));
    for (const [, name = ""] of text.matchAll(/^# TYPE (\S+)/gm)) told.add(name);
    if (address === broker.address) {
      const [, end] = /^sealserve_key_broker_collateral_end_seconds\{tee="tdx"\} (\d+)/m.exec(text) ?? [];
      assert.ok(Number(end) > Date.now() / 1000, "collateral has an end, and it is to come");
    }
  }
  const objects = render({ values: ["tdx"], set: ["monitoring.dashboard=true", "monitoring.alerts=true"] });
  const { data } = objects.find(({ metadata }) => metadata.name.endsWith("-dashboard")) ?? {};
  const { panels }: { panels: readonly { targets?: readonly { expr: string }[] }[] } = JSON.parse(
    data?.["sealserve.json"] ?? "",
  );
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = JSON.stringify(objects.find(({ kind }) => kind === "PrometheusRule")?.spec);
  const used = [...shown, rules].flatMap((text) => text.match(/\b(sealserve|nv)_[a-z_]+/g) ?? []);
  assert.ok(new Set(used).size > 15);
  for (const name of used) assert.ok(told.has(name.replace(/_bucket$/, "")), `nobody tells ${name}`);
});

test("the processes are uid 0 for the kernel's folder, and have no capability", { skip }, () => {
  for (const { main } of [broker, frontend, backend]) {
    const status = readFileSync(`/proc/${main.child.pid}/status`, "utf8");
    assert.match(status, /^Uid:\s+0\s+0\s+0\s+0$/m);
    for (const kind of ["Eff", "Prm", "Bnd"])
      assert.match(status, new RegExp(`^Cap${kind}:\\s+0000000000000000$`, "m"));
    assert.match(status, /^NoNewPrivs:\s+1$/m);
  }
});

test("all pods leave in good order", { skip }, async () => {
  const codes = await Promise.all([frontend, backend, broker].map((pod) => cluster.end(pod)));
  assert.deepEqual(codes, [0, 0, 0]);
});
