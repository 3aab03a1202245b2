// Old values in, new values out; what was unsafe is named, and what never was a value is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { migratedFile, migrateValues } from "./migrate-values.ts";

/** As somebody had it who followed the old instructions. */
const usual = {
  imageName: "registry.example/trusted-dl-serving:2.4.0",
  nfsServerIp: "192.0.2.5",
  nfsPath: "/share/serving/",
  TEEMode: "sgx",
  PCCSUrl: "https://pccs.example:18081",
  backendNum: 4,
  modelName: "reader",
  inferencePort: 8085,
  managementPort: 8081,
  metricsPort: 8082,
  backendPort: 9000,
  istioTLSEnabled: true,
  modelDecryption: true,
  aesKey: "model.key",
  tlsEnable: true,
  savedOnDisk: true,
  securedDir: "/tmp/opened",
};

const migrate = (old: object) => migrateValues(JSON.stringify(old));
const unsafeKeys = (old: object) =>
  migrate(old)
    .warnings.filter(({ severity }) => severity === "unsafe")
    .map(({ key }) => key);

test("every key of the old chart finds its place", () => {
  assert.deepEqual(migrate(usual).values, {
    tee: { kind: "sgx" },
    frontend: { ports: { inference: 8085, management: 8081, metrics: 8082 } },
    backend: { port: 9000 },
    backends: { main: { replicas: 4 } },
    models: { source: "nfs", nfs: { server: "192.0.2.5", path: "/share/serving/model/torchserve" } },
    keyBroker: { enabled: true, collateral: { pccsUrl: "https://pccs.example:18081" } },
    istio: { enabled: true },
  });
});

test("warns of all that was unsafe", () => {
  assert.deepEqual(unsafeKeys(usual), [
    "nfsPath",
    "TEEMode",
    "managementPort",
    "backendPort",
    "istioTLSEnabled",
    "modelDecryption",
    "aesKey",
    "savedOnDisk",
    "securedDir",
  ]);
  assert.deepEqual(unsafeKeys({ tlsEnable: false, TEEMode: "tdx" }), ["TEEMode", "tlsEnable"]);
  assert.deepEqual(unsafeKeys({ TEEMode: "native", savedOnDisk: false, securedDir: "x", istioTLSEnabled: false }), []);
});

test("no name of a key, and no folder for opened models, comes along", () => {
  const text = migratedFile(migrate(usual));
  assert.doesNotMatch(text, /model\.key|\/tmp\/opened/);
  assert.deepEqual(parse(text), migrate(usual).values);
});

test("placeholders and keys that are missing are what the old chart did", () => {
  const { values, warnings } = migrate({
    nfsServerIp: "your_nfs_server_ip",
    nfsPath: "a_nfs_shared_folder_path_on_the_server",
    PCCSUrl: "your_pccs_url",
  });
  assert.deepEqual(values["models"], { source: "pvc", pvc: { accessMode: "ReadWriteMany" } });
  assert.deepEqual(values["keyBroker"], { enabled: true });
  assert.deepEqual(values["backends"], { main: { replicas: 10 } });
  assert.ok(warnings.some(({ key, severity }) => key === "TEEMode" && severity === "changed"));
});

test("a listener of ours gives way to an old port", () => {
  const { frontend } = migrate({ ...usual, inferencePort: 8000 }).values as { readonly frontend: object };
  assert.deepEqual(frontend, {
    ports: { inference: 8000, management: 8081, metrics: 8082, openInference: 18_000 },
  });
});

test("keys that the old chart did not have are named and left out", () => {
  const { warnings, values } = migrate({ ...usual, backendNumber: 3, __proto__: null, constructor: 1 });
  assert.deepEqual(
    warnings.filter(({ sentence }) => /no such key/.test(sentence)).map(({ key }) => key),
    ["backendNumber", "constructor"],
  );
  assert.deepEqual(values, migrate(usual).values);
});

for (const [what, yaml, code, key] of [
  ["a mode that there was not", "TEEMode: sev", "value-refused", "TEEMode"],
  ["a port beyond the last", "inferencePort: 65536", "value-refused", "inferencePort"],
  ["a port where health and metrics of frontends are", "metricsPort: '9002'", "value-refused", "metricsPort"],
  ["a port where those of backends are", "backendPort: 9001", "value-refused", "backendPort"],
  ["a half of a backend", "backendNum: 1.5", "value-refused", "backendNum"],
  ["a text where truth is wanted", "tlsEnable: 'yes'", "value-refused", "tlsEnable"],
  ["a list", "nfsPath: [a]", "value-refused", "nfsPath"],
  ["a PCCS with a password", "PCCSUrl: https://user:secret@pccs.example", "value-refused", "PCCSUrl"],
  ["a server that is none", "{ nfsServerIp: 'a b', nfsPath: /x }", "value-refused", "nfsServerIp"],
  ["no YAML", "a: [", "values-unreadable", undefined],
  ["a list of values", "- TEEMode", "values-unreadable", undefined],
  ["a key twice", "TEEMode: sgx\nTEEMode: tdx", "values-unreadable", undefined],
  ["nothing", "", "values-unreadable", undefined],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => migrateValues(yaml),
      (error: { code?: string; facts?: { key?: string } }) => error.code === code && error.facts?.key === key,
    );
  });
}

test("whatever a file holds, it is migrated or refused by code", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        migrateValues(text);
      } catch (error) {
        assert.ok(error instanceof Error && "code" in error, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
