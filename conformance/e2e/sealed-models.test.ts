// The trust story over real processes: a sealed model is served to who proves what it is, and refused to who does not, with the reason.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { identityModel } from "../fixtures/onnx-model.ts";
import { freePorts } from "../fixtures/spawned-command.ts";
import { devArguments, type RunningDev, startDev } from "./running-dev.ts";
import { runSealserve, startServer } from "./running-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let dev: RunningDev;
let plain: string;
before(async () => {
  dev = await startDev();
  plain = await dev.folder.write("line.onnx", identityModel());
});
after(() => dev[Symbol.asyncDispose]());

const request = JSON.stringify({
  inputs: [{ name: "input", datatype: "FP32", shape: [1, 4], data: [1, 2, 3, 4] }],
});

test("a sealed model is served through a connection that was verified first", async () => {
  await dev.seal(plain, "line.onnx.age");
  assert.deepEqual(await dev.settled("line"), { name: "line", version: "1", state: "READY" });
  await using connection = await dev.attested();
  const answer = await connection.fetch(dev.server.url("openInference", "/v2/models/line/infer"), {
    method: "POST",
    body: new TextEncoder().encode(request),
  });
  const { outputs } = await answer.json();
  assert.deepEqual(outputs[0].data, [1, 2, 3, 4]);
});

const hasAge = spawnSync("age", ["--version"]).status === 0;

test("a model that the age command sealed is served", { skip: hasAge ? false : "there is no age here" }, async () => {
  const out = join(dev.folder.path, "store/by-age.onnx.age");
  assert.equal(spawnSync("age", ["-r", dev.ready.recipient, "-o", out, plain]).status, 0);
  assert.equal((await dev.settled("by-age")).state, "READY");
});

test("a model whose policy does not name this measurement gets no key, and its status says why", async () => {
  const { simulatedRoots } = JSON.parse(await readFile(dev.ready.policy, "utf8"));
  const appraisal = { name: "others", references: [], tcbStatuses: ["UpToDate"], hardwareIds: null, simulatedRoots };
  const policy = await dev.folder.write("policy.json", JSON.stringify({ appraisal, keys: ["models"], roles: [] }));
  const other = { tee: "tdx", name: "another-program", mrTd: ["ab".repeat(48)] };
  const reference = await dev.folder.write("reference.json", JSON.stringify(other));
  for (const [command, ...args] of [
    ["policy", "set", policy],
    ["reference", "add", reference],
  ] as const) {
    const { code, stderr } = await dev.administer(command, ...args, "--tenant", "dev", "--model", "guarded");
    assert.equal(code, 0, stderr);
  }
  await dev.seal(plain, "guarded.onnx.age");
  const { state, reason } = await dev.settled("guarded");
  assert.equal(state, "UNAVAILABLE");
  assert.match(reason ?? "", /policy-refused.*audit entry \d+/);
  const { stdout } = await dev.administer("audit", "show");
  assert.match(stdout, /guarded.*refused no-reference-matched/);
});

test("a model that is sealed to a key of somebody else is refused as that (G13)", async () => {
  const { generateKeyPair } = await import("@sealserve/sealing");
  const { recipient } = await generateKeyPair();
  const out = join(dev.folder.path, "store/foreign.onnx.age");
  assert.equal((await runSealserve(["seal", plain, "--to", recipient, "--out", out])).code, 0);
  const { reason } = await dev.settled("foreign");
  assert.match(reason ?? "", /unknown-key/);
});

test("a sealed model that was tampered with is refused, and others go on", async () => {
  await dev.seal(plain, ".draft.age");
  const draft = join(dev.folder.path, "store/.draft.age");
  const bytes = await readFile(draft);
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  await writeFile(draft, bytes);
  await rename(draft, join(dev.folder.path, "store/forged.onnx.age"));
  const { reason } = await dev.settled("forged");
  assert.match(reason ?? "", /chunk 1 of the sealed file was changed/);
  assert.equal((await dev.settled("line")).state, "READY");
});

test("the log is whole afterwards", async () => {
  const { code, stdout, stderr } = await dev.administer("audit", "verify");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /one unbroken chain/);
});

for (const [lie, reason] of [
  ["changed-measurement", /policy refuses it/],
  ["debug", /evidence is refused/],
] as const) {
  test(`a process whose hardware says ${lie} listens nowhere and ends with the reason`, async () => {
    await using folder = await temporaryFolder();
    await folder.write("store/.keep", "");
    const args = ["dev", ...freePorts, ...devArguments(folder), "--log-format", "json", "--simulate", lie];
    const { code, stdout, stderr } = await runSealserve(args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, reason);
    assert.match(stderr, /"stage":"refused"/);
    assert.doesNotMatch(stderr, /"part":"(frontend|backend)/);
  });
}

test("what is sealed and registered is still there after a restart", async () => {
  await using folder = await temporaryFolder();
  await folder.write("m.onnx", identityModel());
  {
    await using first = await startDev([], { folder });
    await first.seal(join(folder.path, "m.onnx"), "m.onnx.age");
    assert.equal((await first.settled("m")).state, "READY");
  }
  await using second = await startDev([], { folder });
  assert.deepEqual(second.ready.sealed, [{ model: "m", version: "1", stage: "ready" }]);
  assert.deepEqual(second.ready.start, ["unproven", "evidence", "verdict", "ready"]);
  assert.equal((await second.settled("m")).state, "READY");
  assert.equal((await second.administer("audit", "verify")).code, 0);
});

test("a key file opens sealed models without any TEE", async () => {
  const { generateKeyPair } = await import("@sealserve/sealing");
  const { identity, recipient } = await generateKeyPair();
  await using folder = await temporaryFolder();
  const keyFile = await folder.write("key.txt", `# a comment\n${identity}\n`);
  await folder.write("store/.keep", "");
  const out = join(folder.path, "store/m.onnx.age");
  assert.equal((await runSealserve(["seal", plain, "--to", recipient, "--out", out])).code, 0);
  const store = ["--model-store", join(folder.path, "store")];
  await using server = await startServer([...store, "--set", `identity.keyFile=${keyFile}`]);
  assert.deepEqual(server.ready.models, [{ name: "m", version: "1", state: "available" }]);
  assert.ok(!server.log().includes(identity));
  await using blind = await startServer(store);
  const [found] = blind.ready.models as readonly { readonly reason?: string }[];
  assert.match(found?.reason ?? "", /'identity'/);
});

for (const identity of [
  "keyBroker: { url: 'http://127.0.0.1:1', tenant: acme }",
  "kbs: { url: 'http://127.0.0.1:1', resource: acme/models/key }",
]) {
  test(`in a TEE nothing starts without hardware that attests, nor where the host can look inside: ${identity}`, async () => {
    await using folder = await temporaryFolder();
    await folder.write("store/.keep", "");
    const config = await folder.write("config.yaml", `identity: { ${identity} }\n`);
    const args = ["serve", ...freePorts, "--model-store", join(folder.path, "store"), "--config", config];
    const without = await runSealserve(args);
    assert.deepEqual([without.code, without.stdout], [1, ""]);
    assert.match(without.stderr, /makes no evidence/);
    const watched = await runSealserve(args, { env: { NODE_EXTRA_CA_CERTS: fileURLToPath(import.meta.url) } });
    assert.deepEqual([watched.code, watched.stdout], [1, ""]);
    assert.match(watched.stderr, /NODE_EXTRA_CA_CERTS/);
  });
}
