// Code that models bring beside evidence: none that was not measured with the program, sealed or not, in Node or in Python.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ModelCode } from "@sealserve/attestation/attester";
import { keyFileIdentities } from "@sealserve/client/identities";
import { identityModel } from "@sealserve/conformance/fixtures/onnx-model";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import { bringsCode } from "@sealserve/engines";
import { generateKeyPair, parseRecipient, seal } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

const { identity, recipient } = await generateKeyPair();
const handler = "export const handle = (batch) => batch.map(() => 'ran');";

function archive(runtime: "node" | "python", file: string, code: string): Uint8Array {
  const manifest = { runtime, model: { modelName: "m", modelVersion: "1.0", handler: file } };
  return zipBytes([
    { name: "MAR-INF/MANIFEST.json", data: JSON.stringify(manifest) },
    { name: file, data: code },
  ]);
}

const node = archive("node", "handler.ts", handler);
const python = archive("python", "handler.py", "def handle(data, context): return data");

async function sealed(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Response(new Uint8Array(bytes)).body ?? new ReadableStream();
  return new Uint8Array(
    await new Response(
      seal(stream, [parseRecipient(recipient)]) as ReadableStream<Uint8Array<ArrayBuffer>>,
    ).arrayBuffer(),
  );
}

/** What becomes of the one model in a store with this file: its state with its reason, and its root. */
async function tried(file: string, bytes: Uint8Array, modelCode: ModelCode): Promise<{ state: string; root: string }> {
  const modelStore = await mkdtemp(join(tmpdir(), "sealserve-code-"));
  try {
    await writeFile(join(modelStore, file), bytes);
    const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0 });
    await using backend = await startBackend(config, {
      ...{ clock: systemClock(), logger: silentLogger(), measured: { modelCode } },
      identitiesFor: keyFileIdentities(new Secret(Buffer.from(`${identity}\n`))),
    });
    await backend.settled();
    const [status] = await backend.service.list();
    assert.ok(status);
    const root = backend.root(status.name, status.version);
    return { state: `${status.state} ${status.reason ?? ""}`, root: root ?? "" };
  } finally {
    await rm(modelStore, { recursive: true, force: true });
  }
}

const [sealedNode, sealedPython] = [await sealed(node), await sealed(python)];

describe("in a process that gives evidence (G21)", () => {
  it("tensors are computed, whatever was measured", async () => {
    assert.match((await tried("m.onnx", new Uint8Array(identityModel()), [])).state, /^available/);
  });

  for (const [what, file, bytes] of [
    ["a handler in Node", "m.mar", node],
    ["a handler in Node that is sealed to the right key", "m.mar.age", sealedNode],
    ["a handler in Python", "m.mar", python],
    ["a handler in Python that is sealed to the right key", "m.mar.age", sealedPython],
  ] as const) {
    it(`${what} does not run unless its root was measured`, async () => {
      for (const allowed of [[], ["ab".repeat(32)]]) {
        assert.match((await tried(file, bytes, allowed)).state, /^end .*code-not-measured/);
      }
    });
  }

  it("a root that was measured lets its model run, and no other's", async () => {
    const { state, root } = await tried("m.mar", node, "any");
    assert.match(state, /^available/);
    assert.match(root, /^[0-9a-f]{64}$/);
    assert.match((await tried("m.mar", node, [root])).state, /^available/);
    const other = archive("node", "handler.ts", `${handler}\n`);
    assert.match((await tried("m.mar", other, [root])).state, /code-not-measured/);
  });

  it("the refusal names the root that would have to be measured", async () => {
    const { root } = await tried("m.mar", node, "any");
    assert.ok((await tried("m.mar", node, [])).state.includes(root));
  });
});

it("built-in handlers bring no code, TorchServe's own do: they unpickle what the archive has", () => {
  const python = { kind: "python", serializedFile: "m.pt", envelope: null, requirementsFile: null } as const;
  assert.equal(bringsCode({ ...python, handler: "image_classifier" }), true);
  assert.equal(bringsCode({ kind: "handler", handler: "image_classifier", serializedFile: "m.onnx" }), false);
  assert.equal(bringsCode({ kind: "handler", handler: "own.ts", serializedFile: null }), true);
  assert.equal(bringsCode({ kind: "onnx", file: "m.onnx" }), false);
});
