// What stands around the chart: Istio, Prometheus and Grafana, KServe.
import assert from "node:assert/strict";
import { test } from "node:test";
import { render, withoutHelm } from "./helm.ts";
import {
  type Container,
  type KubernetesObject,
  type Labels,
  ofKind,
  podsOf,
  type Volume,
} from "./kubernetes-object.ts";
import { shapes } from "./shapes.ts";

const skip = withoutHelm;
const everything = shapes.filter(({ name }) => name.startsWith("everything"));

function spec<T>({ spec }: KubernetesObject): T {
  return spec as T;
}

for (const shape of everything) {
  test(`${shape.name}: Istio's objects name hosts and pods that there are, and take no plaintext`, { skip }, () => {
    const objects = render(shape);
    const services = new Set(ofKind(objects, "Service").map(({ metadata }) => `${metadata.name}.ml.svc.cluster.local`));
    const rules = ofKind(objects, "DestinationRule").map(spec<{ host: string; trafficPolicy: object }>);
    assert.ok(rules.some(({ host }) => host === "sealserve-backend-main.ml.svc.cluster.local"));
    for (const { host, trafficPolicy } of rules) {
      assert.ok(services.has(host), host);
      assert.deepEqual(trafficPolicy, { tls: { mode: "ISTIO_MUTUAL" } });
    }
    const peers = ofKind(objects, "PeerAuthentication").map(
      spec<{ mtls: object; portLevelMtls?: object; selector: { matchLabels: Labels } }>,
    );
    assert.deepEqual(
      peers.map(({ mtls, portLevelMtls }) => [mtls, portLevelMtls]),
      [[{ mode: "STRICT" }, undefined]],
    );
    const selects = ({ matchLabels }: { matchLabels: Labels }, labels: Labels) =>
      Object.entries(matchLabels).every(([label, value]) => labels[label] === value);
    const processes = podsOf(objects).filter(({ component }) => component !== "test");
    for (const { labels } of processes) assert.ok(peers.every(({ selector }) => selects(selector, labels)));
    const accounts = new Set(ofKind(objects, "ServiceAccount").map(({ metadata }) => metadata.name));
    for (const { spec } of processes) assert.ok(accounts.has(spec.serviceAccountName ?? ""));
    interface Authorization {
      readonly selector: { readonly matchLabels: Labels };
      readonly rules: readonly {
        readonly from?: readonly { readonly source: { readonly principals: readonly string[] } }[];
        readonly to: readonly { readonly operation: { readonly ports: readonly string[] } }[];
      }[];
    }
    for (const { selector, rules } of ofKind(objects, "AuthorizationPolicy").map(spec<Authorization>)) {
      assert.ok(processes.some(({ labels }) => selects(selector, labels)));
      const [first] = rules;
      const principals = first?.from?.flatMap(({ source }) => source.principals) ?? [];
      assert.ok(principals.includes("cluster.local/ns/ml/sa/sealserve-frontend"));
      for (const principal of principals) assert.ok(accounts.has(principal.split("/sa/")[1] ?? ""), principal);
    }
  });

  test(`${shape.name}: service monitors find a port of a Service of each process`, { skip }, () => {
    const objects = render(shape);
    interface Monitor {
      readonly selector: { readonly matchLabels: Labels };
      readonly endpoints: readonly {
        readonly port: string;
        readonly scheme?: string;
        readonly tlsConfig?: { readonly insecureSkipVerify?: boolean; readonly serverName?: string };
      }[];
    }
    for (const monitor of ofKind(objects, "ServiceMonitor")) {
      const { selector, endpoints } = spec<Monitor>(monitor);
      const found = ofKind(objects, "Service").filter(({ metadata }) =>
        Object.entries(selector.matchLabels).every(([label, value]) => metadata.labels?.[label] === value),
      );
      assert.ok(found.length > 0, monitor.metadata.name);
      const [service] = found;
      assert.ok(service);
      const { ports } = spec<{ ports: readonly { name: string }[] }>(service);
      for (const { port, scheme, tlsConfig } of endpoints) {
        assert.ok(
          ports.some(({ name }) => name === port),
          port,
        );
        if (scheme === "https") assert.ok(tlsConfig?.serverName && !tlsConfig.insecureSkipVerify);
      }
    }
    const monitored = ofKind(objects, "ServiceMonitor").length;
    assert.equal(monitored, shape.tee === "native" ? 2 : 3);
  });
}

test("KServe: with Python for backends the runtime has it too, and their room in /tmp", { skip }, () => {
  const set = ["kserve.enabled=true", "backend.python.enabled=true", "backend.temporaryFolder=300Mi"];
  const [runtime] = ofKind(render({ set }), "ClusterServingRuntime");
  assert.ok(runtime);
  const { containers, volumes } = spec<{ containers: readonly Container[]; volumes: readonly Volume[] }>(runtime);
  assert.match(containers[0]?.image ?? "", /sealserve-cli:0\.1\.0-native-python$/);
  assert.deepEqual(volumes, [{ name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "300Mi" } }]);
});

test("KServe: the runtime keeps KServe's contract", { skip }, () => {
  for (const [scope, kind] of [
    ["Cluster", "ClusterServingRuntime"],
    ["Namespace", "ServingRuntime"],
  ] as const) {
    const objects = render({ set: ["kserve.enabled=true", `kserve.scope=${scope}`] });
    const [runtime, another] = ofKind(objects, kind);
    assert.ok(runtime && !another);
    assert.equal(runtime.apiVersion, "serving.kserve.io/v1alpha1");
    assert.equal(runtime.metadata.namespace, scope === "Cluster" ? undefined : "ml");
    const { supportedModelFormats, protocolVersions, multiModel, containers, annotations } = spec<{
      supportedModelFormats: readonly { name: string; version: string; autoSelect: boolean }[];
      protocolVersions: readonly string[];
      multiModel: boolean;
      containers: readonly Container[];
      annotations: Labels;
    }>(runtime);
    assert.deepEqual(protocolVersions, ["v1", "v2"]);
    assert.equal(multiModel, false);
    assert.ok(supportedModelFormats.some(({ name, autoSelect }) => name === "onnx" && autoSelect));
    const [container, more] = containers;
    assert.ok(container && !more);
    assert.equal(container.name, "kserve-container");
    assert.deepEqual(container.ports, [{ name: "http1", containerPort: 8080, protocol: "TCP" }]);
    assert.deepEqual(container.readinessProbe?.httpGet, { path: "/v2/health/ready", port: 8080 });
    assert.equal(annotations["prometheus.kserve.io/port"], "8002");
    assert.equal(annotations["prometheus.kserve.io/path"], "/metrics");
    for (const arg of [
      "--model-store=/mnt/models",
      "--set=modelName={{.Name}}",
      "--set=protocols.openInference.http=8080",
      "--set=protocols.tensorflowServing.rest=8080",
    ]) {
      assert.ok(container.args.includes(arg), arg);
    }
    const { runAsNonRoot, readOnlyRootFilesystem, capabilities } = container.securityContext;
    assert.deepEqual([runAsNonRoot, readOnlyRootFilesystem, capabilities], [true, true, { drop: ["ALL"] }]);
  }
});
