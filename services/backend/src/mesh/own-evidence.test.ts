// A backend in a TEE gives evidence to frontends of its mesh, bound to the connection and to its models; one outside gives none.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openAttested } from "@sealserve/client/node";
import { meshFromFiles } from "@sealserve/client/proving";
import { fakeAttester, fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { type MeshFilesSetting, meshFiles } from "@sealserve/conformance/fixtures/mesh-files";
import { Draining, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { startBackend } from "../backend.ts";
import { backendProcessConfig } from "../process-config.ts";
import { openMeshListener } from "./mesh-listener.ts";

const folder = await mkdtemp(join(tmpdir(), "sealserve-evidence-"));
after(() => rm(folder, { recursive: true }));
await mkdir(join(folder, "models"));
const certified = await meshFiles(folder);
const parts = { clock: systemClock(), logger: silentLogger() };

const trust = fakeTrust({ purpose: "backend" });

async function openDoor(stack: AsyncDisposableStack, hardware: typeof fakeAttester | null) {
  const mesh = await certified("backend");
  const config = backendProcessConfig.parse({ modelStore: join(folder, "models"), mesh, listen: { port: 0 } });
  const backend = stack.use(await startBackend(config, { ...parts, measured: { modelCode: [] } }));
  const membership = stack.use(await meshFromFiles(mesh, parts));
  const listeners = stack.use(
    await openMeshListener(config, {
      ...{ ...parts, backend, mesh: membership, attester: hardware, modelMetrics: { families: () => [] } },
      ...{ drain: new Draining(parts), ready: () => true, draining: () => false, version: "1", instance: "a" },
    }),
  );
  return { backend, url: Object.values(listeners.urls)[0] ?? "" };
}

async function peer({ certificate, key, roots }: MeshFilesSetting) {
  const [own, privateKey, ca] = await Promise.all([certificate, key, roots].map((file) => readFile(file, "utf8")));
  return () => ({
    ...{ certificate: own ?? "", privateKey: privateKey ?? "", roots: ca ?? "" },
    peer: "spiffe://mesh.test/backend/",
  });
}

test("evidence of purpose backend names its models, to a frontend of its mesh alone", async () => {
  await using stack = new AsyncDisposableStack();
  const { backend, url } = await openDoor(stack, fakeAttester);
  await using attested = await openAttested(url, trust, { mesh: await peer(await certified("frontend")) });
  assert.equal(attested.peer.fields.purpose, "backend");
  assert.deepEqual(attested.peer.fields.modelSetDigest, backend.modelSetDigest());
  assert.equal((await attested.fetch(`${url}/v2/health/live`)).status, 200);
  await assert.rejects(openAttested(url, trust), { code: "unreachable" });
  await assert.rejects(openAttested(url, trust, { mesh: await peer(await certified("stranger")) }), {
    code: "unreachable",
  });
});

test("no evidence outside a TEE", async () => {
  await using stack = new AsyncDisposableStack();
  const { url } = await openDoor(stack, null);
  const mesh = await peer(await certified("frontend"));
  await assert.rejects(openAttested(url, trust, { mesh }), { code: "not-attested" });
});
