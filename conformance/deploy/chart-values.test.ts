// Old values of the predecessor migrate to values that render.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runSealserve } from "../e2e/running-server.ts";
import { render, withoutHelm } from "./helm.ts";
import { named, podsOf } from "./kubernetes-object.ts";

const skip = withoutHelm;
const folder = mkdtempSync(join(tmpdir(), "sealserve-values-"));
after(() => rmSync(folder, { recursive: true }));

const old = {
  nfsServerIp: "192.0.2.5",
  nfsPath: "/share",
  TEEMode: "sgx",
  PCCSUrl: "https://pccs.example:18081",
  backendNum: 3,
  inferencePort: 9085,
  managementPort: 9081,
  metricsPort: 9082,
  backendPort: 9100,
  istioTLSEnabled: true,
  aesKey: "k",
  modelDecryption: true,
};

for (const mode of ["sgx", "tdx", "native"]) {
  test(`migrated values render: ${mode}`, { skip }, async () => {
    const [from, to] = [join(folder, `${mode}-old.yaml`), join(folder, `${mode}-new.yaml`)];
    writeFileSync(from, JSON.stringify({ ...old, TEEMode: mode }));
    const { code, stderr } = await runSealserve(["migrate", "values", from, "--out", to]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^unsafe: aesKey: /m);
    const objects = render({ values: [to] });
    const { spec } = named(objects, "Service", "sealserve-frontend");
    const { ports } = spec as { readonly ports: readonly { readonly name: string; readonly port: number }[] };
    const port = Object.fromEntries(ports.map((each) => [each.name, each.port]));
    assert.deepEqual([port["inference"], port["management"], port["metrics"]], [9085, 9081, 9082]);
    const backend = podsOf(objects).find(({ component }) => component === "backend");
    assert.ok(backend);
    assert.equal((backend.workload.spec as { readonly replicas: number }).replicas, 3);
    const models = backend.spec.volumes?.find(({ name }) => name === "models");
    assert.deepEqual(models?.nfs, { server: "192.0.2.5", path: "/share/model/torchserve", readOnly: true });
    const again = await runSealserve(["migrate", "values", from, "--out", to]);
    assert.equal(again.code, 2, "a file that is there stays");
  });
}
