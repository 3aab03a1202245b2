// Who is let in where: certificates of the mesh come from files here, so that each kind of wrong one can be shown.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { openListeners, Secret, silentLogger, type TlsCredentials } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey } from "@sealserve/session";
import { type TestMeshAuthority, testMeshAuthority } from "../fixtures/mesh-authority.ts";
import { addModel } from "../fixtures/onnx-model.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

interface Shown {
  readonly certificate: string;
  readonly privateKey: string;
}

let folder: TemporaryFolder;
let authority: TestMeshAuthority;
let other: TestMeshAuthority;
let backend: RunningProcess;
let url: string;

before(async () => {
  [folder, authority, other] = await Promise.all([temporaryFolder(), testMeshAuthority(), testMeshAuthority()]);
  await folder.write("store/add.onnx", addModel());
  const config = { modelStore: `${folder.path}/store`, mesh: await meshFiles("backend"), drainDelay: 0 };
  const file = await folder.write("backend.yaml", JSON.stringify(config));
  backend = startProcess(["backend", "--config", file, ...onFreePorts.backend]);
  url = (await backend.ready).listeners["backend"] ?? "";
});

after(async () => {
  await backend?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function certified(id: string, by = authority, until = new Date(Date.now() + 60_000)): Promise<Shown> {
  const { certificateRequest, privateKey } = await createMeshKey();
  return { ...(await by.certify(certificateRequest, id, new Date(0), until)), privateKey };
}

async function meshFiles(role: string): Promise<object> {
  const { certificate, privateKey } = await certified(`spiffe://mesh.test/${role}/t/m/1`);
  return {
    certificate: await folder.write(`${role}.crt`, certificate),
    key: await folder.write(`${role}.key`, privateKey),
    roots: await folder.write("roots.pem", authority.roots),
    trustDomain: "mesh.test",
  };
}

/** The status and body of an answer; null where there was none. */
async function ask(path: string, shown: Shown | null, more: RequestOptions = {}) {
  const credentials = shown ? { cert: shown.certificate, key: shown.privateKey } : {};
  const asked = request(url + path, { rejectUnauthorized: false, agent: false, ...credentials, ...more }).end();
  try {
    const [answer] = await once(asked, "response");
    return { status: Number(answer.statusCode), text: await text(answer) };
  } catch {
    return null;
  }
}

const paths = ["/v2", "/v2/health/live", "/v2/models/add", "/mesh/v1/report", "/nothing"];

test("a frontend of the mesh is answered", async () => {
  const own = await certified("spiffe://mesh.test/frontend/t/m/1");
  const statuses = await Promise.all(paths.map(async (path) => (await ask(path, own))?.status));
  assert.deepEqual(statuses, [200, 200, 200, 200, 404]);
  const report = JSON.parse((await ask("/mesh/v1/report", own))?.text ?? "");
  assert.deepEqual([report.ready, report.draining, report.desired], [true, false, null]);
  assert.deepEqual(
    [report.models[0].name, report.models[0].state, report.models[0].isDefault],
    ["add", "available", true],
  );
});

describe("a backend gives nothing away to a stranger", () => {
  const strangers: readonly (readonly [who: string, shown: () => Promise<Shown | null>])[] = [
    ["without a certificate", async () => null],
    ["of another authority", () => certified("spiffe://mesh.test/frontend/t/m/1", other)],
    ["whose certificate has ended", () => certified("spiffe://mesh.test/frontend/t/m/1", authority, new Date(1))],
    ["that is a backend", () => certified("spiffe://mesh.test/backend/t/m/1")],
    ["of another trust domain", () => certified("spiffe://other.test/frontend/t/m/1")],
    ["whose role only begins alike", () => certified("spiffe://mesh.test/frontend-too/t/m/1")],
    ["without a role", () => certified("spiffe://mesh.test/frontend")],
    ["with a web address for a name", () => certified("https://mesh.test/frontend/t/m/1")],
  ];
  for (const [who, shown] of strangers) {
    test(who, async () => {
      const certificate = await shown();
      for (const path of paths) assert.equal(await ask(path, certificate), null, path);
    });
  }

  test("older TLS", async () => {
    const own = await certified("spiffe://mesh.test/frontend/t/m/1");
    assert.equal(await ask("/v2", own, { maxVersion: "TLSv1.2" }), null);
  });
});

test("a frontend asks no backend that cannot show a certificate of one, whoever registered it", async () => {
  let asked = 0;
  const answering = async (tls: TlsCredentials | "self-signed") =>
    openListeners(
      { host: "127.0.0.1", tls, insecurePlaintext: false },
      [{ protocol: counting(() => asked++), port: 0 }],
      {
        clock: systemClock(),
        logger: silentLogger(),
      },
    );
  const credentials = async (id: string, by = authority): Promise<TlsCredentials> => {
    const { certificate, privateKey } = await certified(id, by);
    return { certificate, privateKey: new Secret(Buffer.from(privateKey)) };
  };
  await using stack = new AsyncDisposableStack();
  const liars = await Promise.all([
    answering("self-signed"),
    answering(await credentials("spiffe://mesh.test/frontend/t/m/1")),
    answering(await credentials("spiffe://other.test/backend/t/m/1")),
    answering(await credentials("spiffe://mesh.test/backend/t/m/1", other)),
  ]);
  for (const liar of liars) stack.use(liar);
  const addresses = liars.map(({ urls }) => urls["counting"]);
  const config = { mesh: await meshFiles("frontend"), backends: { addresses }, drainDelay: 0 };
  const file = await folder.write("frontend.yaml", JSON.stringify(config));
  const frontend = stack.use(startProcess(["frontend", "--config", file, ...onFreePorts.frontend]));
  const operations = await frontend.listening("frontend.operations");
  await until(async () => addresses.every((address) => frontend.log().includes(`"backend":"${address}","error"`)));
  assert.equal((await fetch(`${operations}/readyz`)).status, 503);
  const v2 = await frontend.listening("openInference.http");
  assert.equal((await fetch(`${v2}/v2/models/add/infer`, { method: "POST", body: '{"inputs":[]}' })).status, 503);
  assert.equal(asked, 0);
  frontend.process.kill("SIGTERM");
  assert.equal(await frontend.ended(), 0);
});

test("neither starts without TLS outside loopback, nor with a mesh by nobody", async () => {
  const modelStore = `${folder.path}/store`;
  const open = await folder.write(
    "open.yaml",
    JSON.stringify({ modelStore, mesh: null, listen: { host: "0.0.0.0", port: 0 } }),
  );
  await using plain = startProcess(["backend", "--config", open, "--set", "operations.port=0"]);
  assert.equal(await plain.ended(), 1);
  assert.match(plain.log(), /unencrypted/);
  await using nobody = startProcess(["backend", "--model-store", modelStore]);
  assert.equal(await nobody.ended(), 2);
  assert.match(nobody.log(), /mesh/);
});

function counting(count: () => void) {
  const reply = () => {
    count();
    return { status: 200, headers: {}, body: [] };
  };
  return { name: "counting", handlers: [], claims: () => true, unmatched: reply, refuse: reply };
}
