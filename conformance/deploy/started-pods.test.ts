// The rendered pods of a native installation, started as local processes in namespaces of their own, and used.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { layOut } from "../../deploy/images/layout/lay-out.ts";
import { addModel } from "../fixtures/onnx-model.ts";
import { Cluster, type RunningPod } from "./cluster/cluster.ts";
import { withoutNamespaces } from "./cluster/fabric.ts";
import type { Image } from "./cluster/started-container.ts";
import { render, repositoryRoot, withoutHelm } from "./helm.ts";

const skip = withoutHelm || withoutNamespaces();
const folder = mkdtempSync(join(tmpdir(), "sealserve-cluster-"));

/** The image's own tree, made as its build makes it. */
async function imageOf(process: string): Promise<Image> {
  const tree = join(folder, "images", process);
  await layOut({ folder: join(repositoryRoot, process), target: tree, date: 1_750_000_000 });
  return { tree, entrypoint: ["/usr/bin/node", "/opt/sealserve/main.js"] };
}

let cluster: Cluster;
let frontends: readonly RunningPod[];
let backend: RunningPod;

before(async () => {
  if (skip) return;
  const models = join(folder, "models");
  mkdirSync(models);
  writeFileSync(join(models, "add.onnx"), addModel());
  const objects = render({
    set: ["test.model=add"],
    json: ['test.inputs=["a=[[1,2,3,4]]","b=[[10,20,30,40]]"]'],
  });
  const images = {
    "sealserve-frontend": await imageOf("services/frontend"),
    "sealserve-backend": await imageOf("services/backend"),
    "sealserve-cli": await imageOf("apps/cli"),
  };
  cluster = await Cluster.open({ objects, folder, images, claims: { "sealserve-models": models } });
  // In no order: a frontend waits for backends.
  frontends = [await cluster.start("sealserve-frontend"), await cluster.start("sealserve-frontend")];
  backend = await cluster.start("sealserve-backend-main");
  for (const pod of [backend, ...frontends]) await cluster.ready(pod);
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test("helm test makes its prediction through the Service of the frontends", { skip }, async () => {
  const [printed] = await cluster.run("sealserve-test");
  assert.deepEqual(JSON.parse(printed ?? ""), {
    sum: [[11, 22, 33, 44]],
    difference: [[-9, -18, -27, -36]],
  });
});

test("the processes have no privilege and write nowhere but where they may", { skip }, () => {
  for (const { main } of [backend, ...frontends]) {
    const status = readFileSync(`/proc/${main.child.pid}/status`, "utf8");
    assert.match(status, /^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
    assert.match(status, /^CapEff:\s+0000000000000000$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    const mounts = readFileSync(`/proc/${main.child.pid}/mounts`, "utf8").split("\n");
    const writable = mounts
      .map((line) => line.split(" "))
      .filter(([, place = "", , options = ""]) => {
        return options.split(",").includes("rw") && !/^\/(dev|proc)(\/|$)/.test(place);
      });
    assert.deepEqual(
      writable.map(([, place]) => place),
      ["/tmp"],
    );
  }
});

test("a backend answers no stranger, whoever reaches it", { skip }, () => {
  const program = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    const reply = await fetch("https://${backend.address}:9000/v2/health/live").catch(({ cause }) => cause.code);
    process.stdout.write(String(reply.status ?? reply));`;
  const [command, args] = cluster.fabric.command([
    process.execPath,
    "--no-warnings",
    "--input-type=module",
    "-e",
    program,
  ]);
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  assert.match(stdout, /^(ERR_|ECONN|UND_)/);
});

test("a pod that is asked to go leaves in good order within its grace", { skip }, async () => {
  for (const pod of [...frontends, backend]) {
    const asked = performance.now();
    assert.equal(await cluster.end(pod), 0, pod.main.log());
    const grace = (pod.pod.spec.terminationGracePeriodSeconds ?? 0) * 1000;
    assert.ok(performance.now() - asked < grace);
  }
});
