// Who stands between a client and an attested server is found out: replayed, relayed and borrowed evidence, and roots that nobody trusts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { intelRoot } from "@sealserve/attestation";
import { openAttested } from "@sealserve/client/node";
import { createTrust } from "@sealserve/session";
import { identityModel } from "../fixtures/onnx-model.ts";
import { startManInTheMiddle } from "./man-in-the-middle.ts";
import { type RunningDev, startDev, trustOf } from "./running-dev.ts";
import { httpListeners, runSealserve, startServer } from "./running-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let dev: RunningDev;
let url: string;
before(async () => {
  dev = await startDev();
  url = dev.server.url("openInference", "");
});
after(() => dev[Symbol.asyncDispose]());

const trusting = (): readonly string[] => ["--trust-anchor", dev.ready.trustAnchor, "--policy", dev.ready.policy];

test("verify passes on every listener of HTTP with the simulated root trusted", async () => {
  for (const name of httpListeners) {
    const { code, stdout } = await runSealserve(["verify", dev.ready.listeners[name] ?? "", ...trusting(), "--json"]);
    assert.equal(code, 0, stdout);
    const { verdict, root } = JSON.parse(stdout);
    assert.deepEqual([verdict, root.simulated], ["pass", true]);
  }
});

test("verify fails without the simulated root, and where another root is trusted", async () => {
  const without = await runSealserve(["verify", url, "--policy", dev.ready.policy]);
  assert.equal(without.code, 1);
  await using other = await temporaryFolder();
  const anchor = { ...intelRoot, sha256: "ab".repeat(32), simulated: true };
  const file = await other.write("anchor.json", JSON.stringify(anchor));
  const wrong = await runSealserve(["verify", url, "--policy", dev.ready.policy, "--trust-anchor", file, "--json"]);
  assert.equal(wrong.code, 1);
  assert.equal(JSON.parse(wrong.stdout).code, "root-untrusted");
});

test("verify fails against a policy that does not name the simulated root, and one with another measurement", async () => {
  for (const [changes, code] of [
    [{ simulatedRoots: [] }, "simulated-refused"],
    [{ references: [{ tee: "tdx", name: "other", mrTd: ["ab".repeat(48)] }] }, "no-reference-matched"],
  ] as const) {
    const { policy } = trustOf(dev.ready);
    const file = await dev.folder.write("policy.json", JSON.stringify({ ...policy, ...changes }));
    const flags = ["--trust-anchor", dev.ready.trustAnchor, "--policy", file, "--json"];
    const found = await runSealserve(["verify", url, ...flags]);
    assert.deepEqual([found.code, JSON.parse(found.stdout).code], [1, code]);
  }
});

test("nobody there is told apart from a server that fails", async () => {
  assert.equal((await runSealserve(["verify", "https://127.0.0.1:1", ...trusting()])).code, 3);
});

for (const [what, code] of [
  ["replays", "nonce-mismatch"],
  ["relays", "certificate-mismatch"],
] as const) {
  test(`who ${what} evidence of the real server is refused before anything is sent`, async () => {
    await using between = await startManInTheMiddle({ url, what });
    await assert.rejects(openAttested(between.url, dev.trust), { code });
    assert.deepEqual(between.asked, ["/.well-known/attestation"]);
  });
}

test("a client that pins another set of models is refused", async () => {
  const pinned = trustOf(dev.ready, { pinned: { modelSetDigest: "ab".repeat(32) } });
  await assert.rejects(openAttested(url, pinned), { code: "pinned-mismatch" });
});

test("the model set in evidence changes with what is loaded", async () => {
  const digest = async (): Promise<string> => {
    await using connection = await dev.attested();
    return Buffer.from(connection.peer.fields.modelSetDigest).toString("hex");
  };
  const before = await digest();
  await dev.folder.write("store/measured.onnx", identityModel());
  assert.equal((await dev.settled("measured")).state, "READY");
  assert.notEqual(await digest(), before);
});

test("evidence of a server does not pass for evidence of a backend", async () => {
  await assert.rejects(openAttested(url, trustOf(dev.ready, { purpose: "backend" })), { code: "purpose-mismatch" });
});

test("without an anchor nothing is trusted", async () => {
  const { policy } = trustOf(dev.ready);
  const nobody = createTrust({ policy }, { anchors: [], collateral: "stapled", now: () => new Date() });
  await assert.rejects(openAttested(url, nobody), { code: "root-untrusted" });
});

test("a plain server gives no evidence, and is refused", async () => {
  await using folder = await temporaryFolder();
  await folder.write("store/.keep", "");
  await using plain = await startServer(["--model-store", `${folder.path}/store`, "--tls", "self-signed"]);
  const { code } = await runSealserve(["verify", plain.url("openInference", ""), ...trusting()]);
  assert.equal(code, 1);
});
