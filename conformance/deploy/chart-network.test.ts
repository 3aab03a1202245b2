// Who reaches whom: only frontends a backend, only roles that attest the key broker, an admin only whom the values name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Endpoint, PodNetwork } from "./cluster/pod-network.ts";
import { render, withoutHelm } from "./helm.ts";
import { podsOf } from "./kubernetes-object.ts";
import { type Shape, shapes } from "./shapes.ts";

const skip = withoutHelm;
const outside: Endpoint = { labels: null, namespace: "" };
const monitoring: Endpoint = { labels: { app: "prometheus" }, namespace: "monitoring" };
const names: Endpoint = { labels: { "k8s-app": "kube-dns" }, namespace: "kube-system" };
const stranger: Endpoint = { labels: { app: "stranger" }, namespace: "ml" };
const impostor: Endpoint = { labels: { "app.kubernetes.io/component": "frontend" }, namespace: "elsewhere" };

interface World {
  readonly network: PodNetwork;
  at(component: string): Endpoint;
}

function world(shape: Pick<Shape, "values" | "set" | "json">): World {
  const objects = render(shape);
  const pods = podsOf(objects);
  return {
    network: new PodNetwork(objects, "ml"),
    at(component) {
      const pod = pods.find((each) => each.component === component);
      assert.ok(pod, `no ${component}`);
      return { labels: pod.labels, namespace: "ml" };
    },
  };
}

const clientPorts = [8085, 8000, 8501];

for (const shape of shapes) {
  test(`${shape.name}: only frontends reach backends`, { skip }, () => {
    const { network, at } = world(shape);
    const [frontend, backend] = [at("frontend"), at("backend")];
    assert.ok(network.reaches(frontend, backend, 9000));
    for (const from of [outside, monitoring, stranger, impostor, backend, at("test")]) {
      assert.ok(!network.reaches(from, backend, 9000), JSON.stringify(from));
    }
    for (const from of [frontend, stranger, outside]) assert.ok(!network.reaches(from, backend, 9001));
    assert.ok(network.reaches(monitoring, backend, 9001) && network.reaches(monitoring, frontend, 9002));
    for (const port of clientPorts) assert.ok(network.reaches(outside, frontend, port));
    assert.ok(network.reaches(at("test"), frontend, 8000));
    for (const from of [frontend, backend]) assert.ok(network.reaches(from, names, 53, "UDP"));
    for (const from of [outside, stranger, backend, monitoring]) assert.ok(!network.reaches(from, frontend, 8081));
    // A process that was taken over reaches nothing else from here.
    for (const port of [22, 80, 6443, 10_250]) assert.ok(!network.reaches(backend, outside, port));
    assert.ok(!network.reaches(backend, frontend, 8000));
  });
}

for (const shape of shapes.filter(({ tee, set = [] }) => tee !== "native" && !set.join().includes("keyBroker.url"))) {
  test(`${shape.name}: only roles that attest reach the key broker`, { skip }, () => {
    const { network, at } = world(shape);
    const broker = at("key-broker");
    for (const component of ["frontend", "backend"]) assert.ok(network.reaches(at(component), broker, 8440));
    for (const from of [outside, monitoring, stranger, impostor, at("test"), broker]) {
      assert.ok(!network.reaches(from, broker, 8440), JSON.stringify(from));
    }
    for (const from of [outside, monitoring, stranger, at("frontend")]) {
      assert.ok(!network.reaches(from, broker, 8441), "nobody administers unless the values say who");
    }
    assert.ok(network.reaches(monitoring, broker, 8442) && !network.reaches(at("backend"), broker, 8442));
    assert.ok(!network.reaches(broker, at("backend"), 9000));
  });
}

test("values say who administers, who manages, who asks", { skip }, () => {
  const people = [{ podSelector: { matchLabels: { app: "stranger" } } }];
  const { network, at } = world({
    values: ["tdx"],
    json: [
      `keyBroker.adminFrom=${JSON.stringify(people)}`,
      `frontend.management.from=${JSON.stringify(people)}`,
      `networkPolicy.clientsFrom=${JSON.stringify(people)}`,
    ],
  });
  assert.ok(network.reaches(stranger, at("key-broker"), 8441) && !network.reaches(stranger, at("key-broker"), 8440));
  assert.ok(network.reaches(stranger, at("frontend"), 8081) && !network.reaches(monitoring, at("frontend"), 8081));
  assert.ok(network.reaches(stranger, at("frontend"), 8000) && !network.reaches(outside, at("frontend"), 8000));
  assert.ok(network.reaches(at("test"), at("frontend"), 8000));
});

test("TorchServe over gRPC: clients reach what predicts, and whoever manages what changes models", { skip }, () => {
  const manages = { podSelector: { matchLabels: { app: "stranger" } } };
  const { network, at } = world({
    json: [`frontend.management.from=${JSON.stringify([manages])}`],
  });
  assert.ok(network.reaches(outside, at("frontend"), 7070) && !network.reaches(outside, at("frontend"), 7071));
  assert.ok(network.reaches(stranger, at("frontend"), 7071));
});

test("the key broker asks for collateral only where it is, and nobody where it lies in a folder", { skip }, () => {
  const asked = (name: string, port: number): boolean => {
    const shape = shapes.find((each) => each.name === name);
    assert.ok(shape);
    const { network, at } = world(shape);
    return network.reaches(at("key-broker"), outside, port);
  };
  assert.deepEqual([asked("tdx", 443), asked("snp", 443)], [true, true]);
  assert.deepEqual([asked("collateral from a PCCS", 18_081), asked("collateral from a PCCS", 443)], [true, false]);
  assert.equal(asked("collateral without a network", 443), false);
});

test("backends reach object storage by its port, and a broker elsewhere by its own", { skip }, () => {
  for (const [name, port] of [
    ["models by S3", 9443],
    ["a broker elsewhere", 9440],
  ] as const) {
    const shape = shapes.find((each) => each.name === name);
    assert.ok(shape);
    const { network, at } = world(shape);
    assert.ok(network.reaches(at("backend"), outside, port) && !network.reaches(at("backend"), outside, 443));
  }
});
