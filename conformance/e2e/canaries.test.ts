// Secrets and plaintext that must never be told: planted or known beforehand, and looked for in everything that a whole run leaves behind.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { attestationPath } from "@sealserve/protocols/attestation";
import { identityModel } from "../fixtures/onnx-model.ts";
import { zipBytes } from "../fixtures/zip-writer.ts";
import { type RunningDev, startDev } from "./running-dev.ts";

const inModel = "CANARY-in-the-model-5b1c0f";
const inTensor = "CANARY-in-a-tensor-91d7aa";

/** A model archive with the canary in a file beside the model, and in a tensor's data when it is asked. */
function archive(): Uint8Array {
  const model = { modelName: "canary", modelVersion: "1.0", serializedFile: "m.onnx" };
  return zipBytes([
    { name: "MAR-INF/MANIFEST.json", data: JSON.stringify({ runtime: "node", model }) },
    { name: "m.onnx", data: identityModel("BYTES") },
    { name: "labels.txt", data: inModel },
  ]);
}

async function everythingOnDisk(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

/** What others on the machine, or whoever asks, can see of the process. */
async function everythingVisible({ server, ready, administer }: RunningDev): Promise<string> {
  const { pid } = server.process;
  const seen = [server.log(), JSON.stringify(server.ready)];
  seen.push(await readFile(`/proc/${pid}/cmdline`, "utf8"), await readFile(`/proc/${pid}/environ`, "utf8"));
  seen.push((await administer("audit", "show", "--json")).stdout);
  seen.push(await (await fetch(`${ready.listeners["keyBroker.operations"]}/metrics`)).text());
  return seen.join("\n");
}

/** Predicts with a canary, asks for what is not there, and asks for evidence with a nonce that is returned. */
async function use({ server, attested }: RunningDev): Promise<string> {
  await using connection = await attested();
  const body = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const shapes = [
    [1, 4],
    [1, 5],
  ];
  for (const shape of shapes) {
    const input = { name: "input", datatype: "BYTES", shape, data: [inTensor, inTensor, "", ""] };
    const url = server.url("openInference", "/v2/models/canary/infer");
    await (await connection.fetch(url, { method: "POST", body: body(JSON.stringify({ inputs: [input] })) })).text();
  }
  const nonce = Buffer.alloc(32, 0xa7).toString("base64url");
  const asked = server.url("openInference", attestationPath);
  await (await connection.fetch(asked, { method: "POST", body: body(JSON.stringify({ nonce })) })).text();
  return nonce;
}

test("no secret, no plaintext and no nonce is left in logs, lists, metrics, arguments, the environment or on disk (G14)", async () => {
  await using dev = await startDev(["--log-level", "debug"]);
  const plain = await dev.folder.write("canary.mar", archive());
  await dev.seal(plain, "canary.mar.age");
  assert.equal((await dev.settled("canary")).state, "READY");
  const nonce = await use(dev);
  const state = join(dev.folder.path, "state");
  const rootKey = await readFile(join(state, "root.key"), "utf8");
  const adminKey = (await readFile(join(state, "admin.key"), "utf8")).split("\n")[1] ?? "";
  assert.ok(rootKey.length === 64 && adminKey.length > 40);
  const visible = await everythingVisible(dev);
  assert.match(visible, /root-matched/);
  for (const secret of [inModel, inTensor, nonce, rootKey, adminKey, "AGE-SECRET-KEY-"]) {
    assert.ok(!visible.includes(secret), `found ${secret.slice(0, 10)}…`);
  }
  for (const folder of [state, join(dev.folder.path, "store")]) {
    const kept = await everythingOnDisk(folder);
    for (const secret of [inModel, inTensor, nonce, "AGE-SECRET-KEY-"]) {
      assert.ok(!kept.includes(secret), `found ${secret.slice(0, 10)}… in ${folder}`);
    }
  }
});
