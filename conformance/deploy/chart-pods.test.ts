// What every rendered pod is: how little it may do, when it counts as alive and ready, and what it runs in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { render, withoutHelm } from "./helm.ts";
import { type Container, containersOf, named, ofKind, type Pod, podsOf } from "./kubernetes-object.ts";
import { type Shape, shapes } from "./shapes.ts";

const skip = withoutHelm;
const services = new Set(["frontend", "backend", "key-broker"]);

function shape(name: string): Shape {
  const found = shapes.find((each) => each.name === name);
  assert.ok(found, `no shape ${name}`);
  return found;
}

function mainOf({ spec }: Pod): Container {
  const [main, another] = spec.containers;
  assert.ok(main && !another);
  return main;
}

function pod(name: string, component: string): Pod {
  const found = podsOf(render(shape(name))).find((each) => each.component === component);
  assert.ok(found, `${name} has no ${component}`);
  return found;
}

for (const each of shapes) {
  test(`${each.name}: pods may do nothing that they need not do`, { skip }, () => {
    for (const found of podsOf(render(each))) {
      const { spec, name } = found;
      const asRoot = each.name === "a confidential node" && services.has(found.component);
      assert.equal(spec.securityContext.runAsNonRoot, asRoot ? undefined : true, name);
      assert.equal(spec.securityContext.runAsUser, asRoot ? 0 : 65_532);
      assert.equal(spec.securityContext.seccompProfile?.type, "RuntimeDefault");
      assert.equal(spec.automountServiceAccountToken, false);
      // Links to other Services would be variables that begin with SEALSERVE_.
      assert.equal(spec.enableServiceLinks, false);
      for (const { securityContext, resources, image } of containersOf(found)) {
        assert.deepEqual(securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        assert.ok(resources.requests["cpu"] && resources.requests["memory"] && resources.limits["memory"]);
        assert.match(image, /:0\.1\.0-(native|sgx|tdx|snp)(-python)?$|@sha256:/);
      }
      // The root is read-only: what is written lies in memory, on a claim, or is sealed.
      for (const { name: volume, emptyDir } of spec.volumes ?? []) {
        if (emptyDir) assert.equal(emptyDir.medium, volume === "models" ? undefined : "Memory");
      }
    }
  });

  test(`${each.name}: probes ask the operations listener of the process`, { skip }, () => {
    for (const found of podsOf(render(each)).filter(({ component }) => services.has(component))) {
      const { startupProbe, livenessProbe, readinessProbe, ports = [] } = mainOf(found);
      assert.ok(startupProbe && livenessProbe && readinessProbe);
      // Only readiness may say that a process waits for something: what is alive is not restarted.
      assert.deepEqual(
        [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet),
        [
          { path: "/healthz", port: "operations" },
          { path: "/healthz", port: "operations" },
          { path: "/readyz", port: "operations" },
        ],
      );
      const patience = startupProbe.periodSeconds * startupProbe.failureThreshold;
      const waits = each.tee !== "native" && found.component !== "key-broker";
      assert.equal(patience, waits ? 86_400 : 300, found.name);
      // A pause of the machine is no reason to restart; being out of the rotation for it costs nothing.
      assert.ok(livenessProbe.periodSeconds * livenessProbe.failureThreshold >= 60);
      assert.ok(readinessProbe.periodSeconds * readinessProbe.failureThreshold <= 5);
      const operations = ports.find(({ name }) => name === "operations")?.containerPort;
      assert.equal(operations, { frontend: 9002, backend: 9001, "key-broker": 8442 }[found.component]);
      assert.equal(found.spec.terminationGracePeriodSeconds, 50);
    }
  });

  test(`${each.name}: pods spread, and at most one of a kind is taken away at a time`, { skip }, () => {
    const objects = render(each);
    for (const found of podsOf(objects).filter(({ component }) => services.has(component))) {
      const keys = found.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
      assert.deepEqual(keys, ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
      const { spec } = named(objects, "PodDisruptionBudget", found.name);
      const budget = spec as { readonly maxUnavailable: number; readonly selector: { readonly matchLabels: object } };
      assert.equal(budget.maxUnavailable, 1);
      for (const [label, value] of Object.entries(budget.selector.matchLabels)) {
        assert.equal(found.labels[label], value);
      }
    }
  });
}

test("frontends scale between bounds, or have a fixed number", { skip }, () => {
  const [scaler] = ofKind(render(shape("native")), "HorizontalPodAutoscaler");
  const spec = scaler?.spec as { readonly minReplicas: number; readonly scaleTargetRef: { readonly name: string } };
  assert.deepEqual([spec.minReplicas, spec.scaleTargetRef.name], [2, "sealserve-frontend"]);
  const replicas = (name: string) => {
    const { spec } = named(render(shape(name)), "Deployment", "sealserve-frontend");
    return (spec as { readonly replicas?: number }).replicas;
  };
  assert.equal(replicas("native"), undefined);
  assert.equal(replicas("minimal"), 1);
  assert.equal(ofKind(render(shape("minimal")), "HorizontalPodAutoscaler").length, 0);
});

test("each group of backends is a workload with its own models", { skip }, () => {
  const groups = podsOf(render(shape("two groups, one of them small"))).filter((each) => each.component === "backend");
  const sources = groups.map(({ name, spec }) => {
    const models = spec.volumes?.find((volume) => volume.name === "models");
    return [name, Object.keys(models ?? {}).find((key) => key !== "name")];
  });
  assert.deepEqual(sources, [
    ["sealserve-backend-main", "persistentVolumeClaim"],
    ["sealserve-backend-small", "image"],
  ]);
});

test("Python: backends of all groups have it, or of one, and no other process", { skip }, () => {
  const flavours = (...set: readonly string[]) => {
    const pods = podsOf(render({ set: ["models.pvc.accessMode=ReadWriteMany", "backends.other.replicas=1", ...set] }));
    return pods
      .filter(({ component }) => services.has(component))
      .map((found) => mainOf(found).image.replace(/.*0-/, ""));
  };
  const [native, python] = ["native", "native-python"];
  assert.deepEqual(flavours().sort(), [native, native, native]);
  assert.deepEqual(flavours("backend.python.enabled=true").sort(), [native, python, python]);
  assert.deepEqual(flavours("backends.other.python.enabled=true").sort(), [native, native, python]);
  const butOne = flavours("backend.python.enabled=true", "backends.other.python.enabled=false");
  assert.deepEqual(butOne.sort(), [native, native, python]);
});

test("sgx: enclaves get a page cache of gigabytes at most, and the node's quoting daemon", { skip }, () => {
  for (const component of ["frontend", "backend"]) {
    const found = pod("sgx", component);
    const { requests, limits } = mainOf(found).resources;
    const memory = Number(/^(\d+)Gi$/.exec(limits["sgx.intel.com/epc"] ?? "")?.[1]);
    assert.ok(memory > 0 && memory <= 4, limits["sgx.intel.com/epc"]);
    for (const resource of ["sgx.intel.com/epc", "sgx.intel.com/enclave"]) {
      assert.equal(requests[resource], limits[resource]);
    }
    assert.equal(limits["sgx.intel.com/enclave"], "1");
    assert.equal(limits["sgx.intel.com/provision"], undefined);
    assert.match(mainOf(found).image, /-sgx$/);
    const daemon = found.spec.volumes?.find(({ hostPath }) => hostPath);
    assert.equal(daemon?.hostPath?.path, "/var/run/aesmd");
  }
});

test("sgx: a pod that makes quotes itself gets the provision device and nothing of the node", { skip }, () => {
  const found = pod("in-process quoting", "backend");
  assert.equal(mainOf(found).resources.limits["sgx.intel.com/provision"], "1");
  assert.ok(!found.spec.volumes?.some(({ hostPath }) => hostPath));
});

test("sgx: the key broker is no enclave", { skip }, () => {
  const broker = pod("sgx", "key-broker");
  assert.equal(mainOf(broker).resources.limits["sgx.intel.com/epc"], undefined);
  assert.match(mainOf(broker).image, /-native$/);
});

for (const [name, runtime, label] of [
  ["tdx", "kata-qemu-tdx", "intel.feature.node.kubernetes.io/tdx"],
  ["snp", "kata-qemu-snp", "amd.feature.node.kubernetes.io/snp"],
] as const) {
  test(`${name}: every process is in a confidential VM, on a node that has them`, { skip }, () => {
    for (const component of services) {
      const { spec } = pod(name, component);
      assert.equal(spec.runtimeClassName, runtime);
      assert.deepEqual(spec.nodeSelector, { [label]: "true" });
      assert.ok(spec.containers.every(({ image }) => image.endsWith(`-${name}`)));
      assert.ok(!spec.volumes?.some(({ hostPath }) => hostPath));
    }
  });
}

test("native: nothing of a TEE is asked of the cluster", { skip }, () => {
  for (const { spec } of podsOf(render())) {
    assert.equal(spec.runtimeClassName, undefined);
    assert.equal(spec.nodeSelector, undefined);
    assert.ok(!JSON.stringify(spec).includes("sgx.intel.com"));
    assert.ok(!spec.volumes?.some(({ hostPath }) => hostPath));
  }
});

test("a confidential node: whoever makes evidence asks as uid 0, and still without any capability", { skip }, () => {
  for (const component of services) {
    const found = pod("a confidential node", component);
    assert.equal(found.spec.volumes?.find(({ hostPath }) => hostPath)?.hostPath?.path, "/sys/kernel/config/tsm");
    const mount = mainOf(found).volumeMounts?.find(({ name }) => name === "configfs");
    assert.equal(mount?.mountPath, "/sys/kernel/config/tsm");
    assert.equal(found.spec.securityContext.runAsUser, 0);
    assert.deepEqual(mainOf(found).securityContext.capabilities, { drop: ["ALL"] });
  }
  const outside: Shape = { ...shape("a confidential node"), name: "" };
  const objects = render({ ...outside, set: [...(outside.set ?? []), "keyBroker.inTee=false"] });
  const broker = podsOf(objects).find((each) => each.component === "key-broker");
  assert.equal(broker?.spec.securityContext.runAsUser, 65_532);
  assert.ok(!broker.spec.volumes?.some(({ hostPath }) => hostPath));
});

test("what lies in memory fits into the limit beside the process", { skip }, () => {
  const unit: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 };
  const size = (text = "") => Number.parseFloat(text) * (unit[text.replace(/[\d.]+/, "")] ?? Number.NaN);
  for (const each of shapes) {
    for (const found of podsOf(render(each)).filter(({ component }) => services.has(component))) {
      const inMemory = (found.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir?.medium === "Memory");
      const taken = inMemory.reduce((sum, { emptyDir }) => sum + size(emptyDir?.sizeLimit), 0);
      const limit = size(mainOf(found).resources.limits["memory"]);
      assert.ok(taken + 128 <= limit, `${each.name}, ${found.name}: ${taken}Mi of ${limit}Mi`);
    }
  }
});
