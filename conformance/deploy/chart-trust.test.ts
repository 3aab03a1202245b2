// Who proves what to whom: certificates, keys and secrets of the rendered objects, and where they must not be.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { render, withoutHelm } from "./helm.ts";
import { containersOf, type KubernetesObject, named, ofKind, type Pod, podsOf } from "./kubernetes-object.ts";
import { type Shape, shapes } from "./shapes.ts";

const skip = withoutHelm;

function rendered(name: string): readonly KubernetesObject[] {
  const shape = shapes.find((each) => each.name === name);
  assert.ok(shape, `no shape ${name}`);
  return render(shape);
}

function pod(objects: readonly KubernetesObject[], name: string): Pod {
  const found = podsOf(objects).find((each) => each.name === name);
  assert.ok(found, `no pod ${name}`);
  return found;
}

interface Config {
  readonly mesh?: unknown;
  readonly tls?: unknown;
  readonly identity?: { readonly keyBroker?: { readonly url: string; readonly ca?: string; readonly process: string } };
  readonly backends?: { readonly addresses: readonly string[] };
  readonly state?: string;
  readonly database?: string;
  readonly auditWitness?: string;
  readonly insecurePlaintext?: boolean;
  readonly protocols?: { readonly torchserve: Readonly<Record<string, number | false>> };
  readonly management?: object;
}

function configOf(objects: readonly KubernetesObject[], name: string): Config {
  return parse(named(objects, "ConfigMap", name).data?.["config.yaml"] ?? "");
}

/** The secrets that a container can read, by their mounts. */
function secretsOf({ spec }: Pod, container: string): readonly string[] {
  const mounts = containersOf({ spec } as Pod).find(({ name }) => name === container)?.volumeMounts ?? [];
  const mounted = new Set(mounts.map(({ name }) => name));
  return (spec.volumes ?? []).flatMap(({ name, secret }) => (secret && mounted.has(name) ? [secret.secretName] : []));
}

for (const shape of shapes) {
  test(`${shape.name}: no secret is in a ConfigMap, in a variable or in an argument`, { skip }, () => {
    const objects = render(shape);
    for (const { data = {} } of ofKind(objects, "ConfigMap")) {
      const text = JSON.stringify(data);
      assert.doesNotMatch(text, /PRIVATE KEY|AGE-SECRET-KEY|postgres:\/\/[^@"]*:[^@"]*@/);
    }
    for (const found of podsOf(objects)) {
      for (const { env = [], envFrom, args } of containersOf(found)) {
        assert.equal(envFrom, undefined);
        for (const { name, valueFrom } of env) {
          assert.equal(valueFrom, undefined);
          assert.equal(name, "AWS_SHARED_CREDENTIALS_FILE", "a path is the only variable");
        }
        assert.doesNotMatch(args.join(" "), /password=|token=|secret-key/);
      }
      for (const { secret } of found.spec.volumes ?? []) {
        if (!secret) continue;
        // Named keys only, and for the group of the process only.
        assert.ok(secret.items && secret.items.length > 0, secret.secretName);
        assert.equal(secret.defaultMode, 0o440);
      }
      for (const { volumeMounts = [] } of containersOf(found)) {
        for (const { name, readOnly } of volumeMounts) {
          const volume = found.spec.volumes?.find((each) => each.name === name);
          if (volume?.secret || volume?.configMap || volume?.persistentVolumeClaim || volume?.nfs) {
            assert.equal(readOnly, true, `${found.name}: ${name}`);
          }
        }
      }
    }
  });

  test(`${shape.name}: nothing speaks plaintext but health and metrics`, { skip }, () => {
    const objects = render(shape);
    const frontend = configOf(objects, "sealserve-frontend");
    assert.equal(frontend.insecurePlaintext, undefined);
    // Without a certificate the process makes one, which only evidence can vouch for.
    if (frontend.tls === undefined) assert.ok(frontend.identity?.keyBroker?.url.startsWith("https://"));
    for (const address of frontend.backends?.addresses ?? []) assert.match(address, /^srv\+https:/);
    for (const { data } of ofKind(objects, "ConfigMap").filter(({ metadata }) => /backend/.test(metadata.name))) {
      const { mesh, listen }: { mesh?: unknown; listen?: { insecurePlaintext?: boolean } } = parse(
        data?.["config.yaml"] ?? "",
      );
      assert.ok(mesh !== null && mesh !== undefined);
      assert.equal(listen?.insecurePlaintext, undefined);
    }
  });
}

for (const tee of ["sgx", "tdx", "snp"]) {
  test(`${tee}: the key broker's verdict is the way into the mesh, and its authority is named`, { skip }, () => {
    const objects = rendered(tee);
    for (const [name, process] of [
      ["sealserve-frontend", "frontend"],
      ["sealserve-backend-main", "server"],
    ] as const) {
      const { mesh, identity } = configOf(objects, name);
      assert.equal(mesh, "key-broker");
      assert.deepEqual(identity?.keyBroker, {
        url: "https://sealserve-key-broker.ml.svc.cluster.local:8440",
        ca: "/etc/sealserve/broker-ca/ca.crt",
        tenant: "default",
        process,
      });
      assert.deepEqual(secretsOf(pod(objects, name), process === "server" ? "backend" : "frontend"), [
        "sealserve-key-broker-tls",
      ]);
    }
    const ca = pod(objects, "sealserve-backend-main").spec.volumes?.find(({ name }) => name === "broker-ca");
    assert.deepEqual(
      ca?.secret?.items?.map(({ key }) => key),
      ["ca.crt"],
      "the broker's own key stays with the broker",
    );
  });
}

test("only the key broker reads the root key, and the chart makes none", { skip }, () => {
  for (const shape of shapes) {
    const objects = render(shape);
    for (const found of podsOf(objects)) {
      const readers = containersOf(found).filter(({ name }) => secretsOf(found, name).includes("sealserve-key-broker"));
      assert.ok(readers.length === 0 || found.component === "key-broker");
    }
    assert.ok(!ofKind(objects, "Secret").some(({ metadata }) => metadata.name === "sealserve-key-broker"));
  }
});

test("native: only init containers read the key of the mesh's authority", { skip }, () => {
  const objects = rendered("native");
  for (const found of podsOf(objects).filter(({ component }) => /frontend|backend/.test(component))) {
    assert.deepEqual(secretsOf(found, "mesh-certificate"), ["sealserve-mesh-authority"]);
    assert.ok(!secretsOf(found, found.component).includes("sealserve-mesh-authority"));
  }
});

test("generated certificates are for the names that clients use, from an authority whose key is nowhere", {
  skip,
}, () => {
  const objects = [...rendered("native"), ...rendered("tdx")];
  for (const [name, host] of [
    ["sealserve-frontend-tls", "sealserve-frontend.ml.svc.cluster.local"],
    ["sealserve-key-broker-tls", "sealserve-key-broker-admin.ml.svc.cluster.local"],
  ] as const) {
    const { data = {}, metadata } = named(objects, "Secret", name);
    assert.deepEqual(Object.keys(data).sort(), ["ca.crt", "tls.crt", "tls.key"]);
    assert.equal(metadata.annotations?.["helm.sh/resource-policy"], "keep");
    const certificate = (key: string) => new X509Certificate(Buffer.from(data[key] ?? "", "base64"));
    const [ca, leaf] = [certificate("ca.crt"), certificate("tls.crt")];
    assert.ok(leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
    for (const each of [host, "localhost"]) assert.equal(leaf.checkHost(each), each);
    const key = Buffer.from(data["tls.key"] ?? "", "base64");
    const own = execFileSync("openssl", ["pkey", "-pubout"], { input: key, encoding: "utf8" });
    assert.equal(own, leaf.publicKey.export({ type: "spki", format: "pem" }));
  }
});

test("a certificate by cert-manager has the Service's names and those of the values", { skip }, () => {
  const objects = render({
    set: [
      "frontend.tls.source=cert-manager",
      "frontend.tls.issuer.name=public",
      "frontend.tls.dnsNames={models.example}",
    ],
  });
  const { spec } = named(objects, "Certificate", "sealserve-frontend-tls");
  const { dnsNames, secretName, issuerRef } = spec as Readonly<Record<string, unknown>>;
  assert.ok(Array.isArray(dnsNames) && dnsNames.includes("models.example"));
  assert.ok(dnsNames.includes("sealserve-frontend.ml.svc.cluster.local"));
  assert.deepEqual(issuerRef, { group: "cert-manager.io", kind: "ClusterIssuer", name: "public" });
  const tls = pod(objects, "sealserve-frontend").spec.volumes?.find(({ name }) => name === "tls");
  assert.equal(tls?.secret?.secretName, secretName);
});

test("mesh certificates by cert-manager have one name each, with the role that they are for", { skip }, () => {
  const certificates = ofKind(rendered("mesh by cert-manager"), "Certificate")
    .filter(({ metadata }) => metadata.name.endsWith("-mesh"))
    .map(({ spec }) => (spec as { readonly uris: readonly string[] }).uris);
  assert.deepEqual(certificates, [
    ["spiffe://sealserve.internal/backend/local/main/pods"],
    ["spiffe://sealserve.internal/frontend/local/main/pods"],
  ]);
});

test("PostgreSQL's passwords are files, of another user for each role, and its certificate is checked", {
  skip,
}, () => {
  const objects = rendered("production over tdx");
  const query =
    "passwordFile=/run/secrets/postgres/password&sslmode=verify-full&sslrootcert=/etc/sealserve/postgres-ca/ca.crt";
  const host = "postgres.databases.svc.cluster.local:5432";
  assert.equal(
    configOf(objects, "sealserve-frontend").state,
    `postgres://sealserve_frontend@${host}/sealserve_state?${query}`,
  );
  assert.equal(
    configOf(objects, "sealserve-key-broker").database,
    `postgres://sealserve_key_broker@${host}/sealserve_keys?${query}`,
  );
  const secretOf = (name: string) =>
    pod(objects, name).spec.volumes?.find((volume) => volume.name === "postgres")?.secret;
  assert.equal(secretOf("sealserve-frontend")?.secretName, "sealserve-postgres-frontend");
  assert.equal(secretOf("sealserve-key-broker")?.secretName, "sealserve-postgres-key-broker");
  assert.equal(secretOf("sealserve-backend-main"), undefined, "backends need no database");
});

test("the key broker is stateful: its database and the audit log's witness on volumes apart", { skip }, () => {
  for (const [name, claims] of [
    ["tdx", ["database", "witness"]],
    ["production over tdx", ["witness"]],
  ] as const) {
    const broker = pod(rendered(name), "sealserve-key-broker");
    assert.equal(broker.workload.kind, "StatefulSet");
    assert.deepEqual(broker.claims, claims);
    const mounts = broker.spec.containers[0]?.volumeMounts ?? [];
    for (const claim of claims) {
      assert.ok(mounts.some((mount) => mount.name === claim && mount.mountPath === `/var/lib/sealserve/${claim}`));
    }
    assert.equal(configOf(rendered(name), "sealserve-key-broker").auditWitness, "/var/lib/sealserve/witness/head.json");
  }
});

test("the predecessor's ports have their places and names", { skip }, () => {
  const objects = rendered("native");
  const { spec } = named(objects, "Service", "sealserve-frontend");
  const { ports } = spec as { readonly ports: readonly { readonly name: string; readonly port: number }[] };
  const port = Object.fromEntries(ports.map(({ name, port }) => [name, port]));
  assert.deepEqual(port, {
    inference: 8085,
    management: 8081,
    metrics: 8082,
    "open-inference": 8000,
    "triton-metrics": 8002,
    "tf-serving": 8501,
    "grpc-inference": 7070,
    "grpc-management": 7071,
  });
  const { protocols } = configOf(objects, "sealserve-frontend");
  assert.deepEqual(protocols?.torchserve, {
    ...{ inference: 8085, management: 8081, metrics: 8082 },
    ...{ grpcInference: 7070, grpcManagement: 7071 },
  });
  const headless = named(objects, "Service", "sealserve-backend-main").spec as Readonly<Record<string, unknown>>;
  assert.equal(headless["clusterIP"], "None");
  // A backend that starts gets its desired state before it is ready.
  assert.equal(headless["publishNotReadyAddresses"], true);
  assert.deepEqual(configOf(objects, "sealserve-frontend").backends?.addresses, [
    "srv+https://_backend._tcp.sealserve-backend-main.ml.svc.cluster.local",
  ]);
});

test("management calls need a token from a file", { skip }, () => {
  const shape: Shape = { name: "", tee: "native", values: ["native", "production"] };
  const objects = render(shape);
  assert.deepEqual(configOf(objects, "sealserve-frontend").management, { tokenFile: "/run/secrets/management/token" });
  assert.ok(secretsOf(pod(objects, "sealserve-frontend"), "frontend").includes("sealserve-management"));
  assert.equal(configOf(rendered("native"), "sealserve-frontend").management, undefined);
});

test("there is no key broker for SGX enclaves: beside them it runs outside of a TEE", { skip }, () => {
  const objects = render({ set: ["tee.kind=sgx", "keyBroker.enabled=true", "keyBroker.inTee=true"] });
  for (const [name, flavour] of [
    ["sealserve-key-broker", "native"],
    ["sealserve-frontend", "sgx"],
  ] as const) {
    const images = containersOf(pod(objects, name)).map(({ image }) => image);
    assert.ok(
      images.some((image) => image.startsWith(`${name}:`) && image.endsWith(`-${flavour}`)),
      `${name}: ${images.join(", ")}`,
    );
  }
});
