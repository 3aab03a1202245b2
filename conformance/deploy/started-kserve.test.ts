// The pod that KServe makes of the chart's runtime, started as a local process: one model, asked by the name of its InferenceService.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { Cluster, type RunningPod } from "./cluster/cluster.ts";
import { withoutNamespaces } from "./cluster/fabric.ts";
import { imageOf } from "./cluster/laid-out-image.ts";
import { render, withoutHelm } from "./helm.ts";
import { type Container, type KubernetesObject, ofKind, type Volume } from "./kubernetes-object.ts";

const skip = withoutHelm || withoutNamespaces();
const folder = mkdtempSync(join(tmpdir(), "sealserve-kserve-"));
const memory = mkdtempSync("/dev/shm/sealserve-kserve-");
after(() => {
  for (const each of [folder, memory]) rmSync(each, { recursive: true });
});

/** As KServe merges the runtime with an InferenceService: templates filled in, and the model mounted where the contract says. */
function podOf(name: string): KubernetesObject {
  const [runtime] = ofKind(render({ set: ["kserve.enabled=true"] }), "ClusterServingRuntime");
  assert.ok(runtime);
  const { containers, volumes = [] } = runtime.spec as {
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
  const models = { name: "kserve-provision-location", persistentVolumeClaim: { claimName: "models", readOnly: true } };
  const filled = containers.map((container) => ({
    ...container,
    args: container.args.map((arg) => arg.replaceAll("{{.Name}}", name)),
    env: [
      { name: "INFERENCE_SERVICE_NAME", value: name },
      { name: "STORAGE_URI", value: "pvc://models" },
    ],
    volumeMounts: [
      ...(container.volumeMounts ?? []),
      { name: "kserve-provision-location", mountPath: "/mnt/models", readOnly: true },
    ],
  }));
  const labels = { "app.kubernetes.io/component": "predictor" };
  const [first] = filled;
  const securityContext = { ...first?.securityContext, runAsGroup: 65_532, fsGroup: 65_532 };
  const spec = { containers: filled, volumes: [...volumes, models], securityContext };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${name}-predictor` },
    spec: { template: { metadata: { labels }, spec } },
  };
}

let cluster: Cluster;
let pod: RunningPod;

before(async () => {
  if (skip) return;
  const models = join(folder, "models");
  mkdirSync(join(models, "1"), { recursive: true });
  writeFileSync(join(models, "1/model.onnx"), identityModel("FP32", ["batch", 2]));
  cluster = await Cluster.open({
    objects: [podOf("fraud")],
    folder,
    memory,
    images: { "sealserve-cli": await imageOf(folder, "apps/cli") },
    claims: { models },
  });
  pod = await cluster.start("fraud-predictor");
  await cluster.ready(pod);
});

after(() => cluster?.[Symbol.asyncDispose]());

test("it answers by the name of the InferenceService, over both protocols", { skip }, async () => {
  const url = `http://${pod.address}:8080`;
  const asked = async (path: string, body?: object) => JSON.parse(await cluster.fetchText(`${url}${path}`, body));
  const { name, versions } = await asked("/v2/models/fraud");
  assert.deepEqual([name, versions], ["fraud", ["1"]]);
  await cluster.fetchText(`${url}/v2/models/fraud/ready`);
  const inputs = [{ name: "input", datatype: "FP32", shape: [1, 2], data: [1.5, 2.5] }];
  const { model_name, outputs } = await asked("/v2/models/fraud/infer", { inputs });
  assert.deepEqual([model_name, outputs[0].data], ["fraud", [1.5, 2.5]]);
  const { predictions } = await asked("/v1/models/fraud:predict", { instances: [[1, 2]] });
  assert.deepEqual(predictions, [[1, 2]]);
});

test("metrics are where the annotations say", { skip }, async () => {
  assert.match(
    await cluster.fetchText(`http://${pod.address}:8002/metrics`),
    /nv_inference_request_success\{.*model="fraud"/,
  );
});

test("it listens where its runtime says, and nowhere else", { skip }, () => {
  const table = readFileSync(`/proc/${pod.main.child.pid}/net/tcp`, "utf8");
  const listening = table.split("\n").flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === "0A" ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  });
  assert.deepEqual(
    listening.sort((a, b) => a - b),
    [8002, 8080],
  );
});

test("it leaves in good order", { skip }, async () => {
  assert.equal(await cluster.end(pod), 0);
});
