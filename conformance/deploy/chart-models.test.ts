// Where models come from: claims, NFS, object storage, images; read-only, and sealed ones only where they are fetched.
import assert from "node:assert/strict";
import { test } from "node:test";
import { render, withoutHelm } from "./helm.ts";
import { type KubernetesObject, named, ofKind, type PodSpec, podsOf } from "./kubernetes-object.ts";
import { shapes } from "./shapes.ts";

const skip = withoutHelm;

function backend(name: string): PodSpec {
  const shape = shapes.find((each) => each.name === name);
  assert.ok(shape, `no shape ${name}`);
  const found = podsOf(render(shape)).find(({ component }) => component === "backend");
  assert.ok(found);
  return found.spec;
}

test("every backend reads its models at one place, and writes none", { skip }, () => {
  for (const shape of shapes) {
    for (const { spec } of podsOf(render(shape)).filter(({ component }) => component === "backend")) {
      const mount = spec.containers[0]?.volumeMounts?.find(({ name }) => name === "models");
      assert.deepEqual([mount?.mountPath, mount?.readOnly], ["/models", true]);
    }
  }
});

test("a claim of the chart stays when the release goes, and many nodes share one that many may read", { skip }, () => {
  const claims = (values: readonly string[]) => ofKind(render({ values }), "PersistentVolumeClaim");
  const [own] = claims(["native"]);
  assert.equal(own?.metadata.annotations?.["helm.sh/resource-policy"], "keep");
  const modes = (claim: KubernetesObject | undefined) => claim && (claim.spec as { accessModes: unknown }).accessModes;
  assert.deepEqual(modes(own), ["ReadWriteOnce"]);
  const [shared] = claims(["native", "production"]);
  assert.deepEqual(modes(shared), ["ReadWriteMany"]);
  assert.equal(ofKind(render({ set: ["models.pvc.existingClaim=mine"] }), "PersistentVolumeClaim").length, 0);
});

test("object storage: a pinned tool fetches sealed files only, with credentials from a file", { skip }, () => {
  const spec = backend("models by S3");
  const fetch = spec.initContainers?.find(({ name }) => name === "fetch-models");
  assert.match(fetch?.image ?? "", /@sha256:[0-9a-f]{64}$/);
  assert.deepEqual(fetch?.command, ["rclone"]);
  const args = fetch?.args ?? [];
  assert.deepEqual(args.slice(0, 4), ["copy", ":s3:models/team/a", "/models", "--include=*.age"]);
  assert.ok(args.includes("--s3-endpoint=https://objects.example:9443") && args.includes("--s3-env-auth"));
  assert.ok(!args.some((arg) => /access-key|secret/.test(arg)));
  assert.deepEqual(fetch?.env, [{ name: "AWS_SHARED_CREDENTIALS_FILE", value: "/run/secrets/s3/credentials" }]);
  // The process itself never sees the credentials, and cannot write what was fetched.
  assert.ok(!spec.containers[0]?.volumeMounts?.some(({ name }) => name === "s3-credentials"));
});

test("NFS and images are mounted as they are", { skip }, () => {
  const volume = (name: string) => backend(name).volumes?.find((each) => each.name === "models");
  assert.deepEqual(volume("models by NFS")?.nfs, { server: "nfs.example", path: "/models", readOnly: true });
  assert.equal(volume("models by an image")?.image?.reference, "registry.example/models:3");
});

test("large sealed models load in memory: the folder for them is one, but for enclaves, which have their own", {
  skip,
}, () => {
  const shm = backend("tdx").volumes?.find(({ name }) => name === "shm");
  assert.deepEqual(shm?.emptyDir, { medium: "Memory", sizeLimit: "1Gi" });
  assert.ok(backend("tdx").containers[0]?.volumeMounts?.some(({ mountPath }) => mountPath === "/dev/shm"));
  assert.ok(!backend("sgx").volumes?.some(({ name }) => name === "shm"));
});

test("collateral without a network lies in a folder that the broker reads", { skip }, () => {
  for (const [kind, source] of [
    ["configMap", "configMap"],
    ["claim", "persistentVolumeClaim"],
    ["image", "image"],
  ] as const) {
    const objects = render({ values: ["snp"], set: [`keyBroker.collateral.offline.${kind}=offline`] });
    const broker = podsOf(objects).find(({ component }) => component === "key-broker");
    const volume = broker?.spec.volumes?.find(({ name }) => name === "collateral");
    assert.ok(volume?.[source]);
    const config = named(objects, "ConfigMap", "sealserve-key-broker").data?.["config.yaml"] ?? "";
    assert.match(config, /^ {2}folder: \/etc\/sealserve\/collateral$/m);
  }
});
