// The rendered pods of a native installation, started as local processes in namespaces of their own, and used.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addModel } from "../fixtures/onnx-model.ts";
import { Cluster, type RunningPod } from "./cluster/cluster.ts";
import { withoutNamespaces } from "./cluster/fabric.ts";
import { imageOf } from "./cluster/laid-out-image.ts";
import { render, withoutHelm } from "./helm.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

const skip = withoutHelm || withoutNamespaces();
const folder = mkdtempSync(join(tmpdir(), "sealserve-cluster-"));
const memory = mkdtempSync("/dev/shm/sealserve-cluster-");

let cluster: Cluster;
let frontends: readonly RunningPod[];
let backend: RunningPod;
let others: readonly KubernetesObject[];

before(async () => {
  if (skip) return;
  const models = join(folder, "models");
  mkdirSync(models);
  writeFileSync(join(models, "add.onnx"), addModel());
  const objects = render();
  others = objects.filter(({ kind }) => kind !== "Pod");
  const images = {
    "sealserve-frontend": await imageOf(folder, "services/frontend"),
    "sealserve-backend": await imageOf(folder, "services/backend"),
    "sealserve-cli": await imageOf(folder, "apps/cli"),
  };
  cluster = await Cluster.open({ objects, folder, memory, images, claims: { "sealserve-models": models } });
  backend = await cluster.start("sealserve-backend-main");
  frontends = [await cluster.start("sealserve-frontend"), await cluster.start("sealserve-frontend")];
  for (const pod of [backend, ...frontends]) await cluster.ready(pod);
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  for (const each of [folder, memory]) rmSync(each, { recursive: true });
});

test("helm test makes a prediction of whichever model there is, through the Service of the frontends", {
  skip,
}, async () => {
  const [printed] = await cluster.run("sealserve-test");
  assert.deepEqual(JSON.parse(printed ?? ""), { sum: [[0, 0, 0, 0]], difference: [[0, 0, 0, 0]] });
});

test("helm test makes the prediction that values name", { skip }, async () => {
  const json = ['test.inputs=["a=[[1,2,3,4]]","b=[[10,20,30,40]]"]'];
  // With the Secrets of what runs: another rendering would have others.
  const [test] = render({ set: ["test.model=add"], json }).filter(({ kind }) => kind === "Pod");
  assert.ok(test);
  const [printed] = await cluster.run("sealserve-test", [...others, test]);
  assert.deepEqual(JSON.parse(printed ?? ""), {
    sum: [[11, 22, 33, 44]],
    difference: [[-9, -18, -27, -36]],
  });
});

test("the processes have no privilege and write nowhere but where they may", { skip }, (t) => {
  for (const { main, pod } of [backend, ...frontends]) {
    const status = readFileSync(`/proc/${main.child.pid}/status`, "utf8");
    t.diagnostic(`${pod.name}: ${/^VmHWM:\s+(.*)$/m.exec(status)?.[1]} of resident memory at most`);
    assert.match(status, /^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
    assert.match(status, /^CapEff:\s+0000000000000000$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    const mounts = readFileSync(`/proc/${main.child.pid}/mounts`, "utf8").split("\n");
    const writable = mounts
      .map((line) => line.split(" "))
      .filter(([, place = "", , options = ""]) => {
        return options.split(",").includes("rw") && (place === "/dev/shm" || !/^\/(dev|proc)(\/|$)/.test(place));
      });
    assert.deepEqual(
      writable.map(([, place]) => place),
      pod.component === "backend" ? ["/tmp", "/dev/shm"] : ["/tmp"],
    );
  }
});

test("a backend answers no stranger, whoever reaches it", { skip }, async () => {
  await assert.rejects(cluster.fetchText(`https://${backend.address}:9000/v2/health/live`), /fetch failed/);
  assert.match(await cluster.fetchText(`http://${backend.address}:9001/metrics`), /^sealserve_ready 1$/m);
});

test("a pod that is asked to go leaves in good order within its grace", { skip }, async () => {
  const asked = performance.now();
  const pods = [...frontends, backend];
  const codes = await Promise.all(pods.map((pod) => cluster.end(pod)));
  assert.deepEqual(codes, [0, 0, 0]);
  for (const { pod } of pods) {
    assert.ok(performance.now() - asked < (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000);
  }
});
