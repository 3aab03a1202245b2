// Large sealed models through the whole backend: they answer as the plain ones do, and one that is refused leaves nothing behind.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { keyFileIdentities } from "@sealserve/client/identities";
import { encodeOnnxModel, type OnnxInitializer } from "@sealserve/conformance/fixtures/onnx-graph";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import { bytesOf } from "@sealserve/inference";
import { generateKeyPair, parseRecipient, seal, sealDirectory } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

const missing = existsSync("/dev/shm") ? false : "this machine has no /dev/shm";

/** Where this test alone keeps files in memory. */
const memoryFolder = missing ? "" : await mkdtemp("/dev/shm/test-");
after(() => (missing ? undefined : rm(memoryFolder, { recursive: true })));

const { identity, recipient } = await generateKeyPair();
const recipients = [parseRecipient(recipient)];
const count = 2_500_000;
const weights = bytesOf(Float32Array.from({ length: count }, (_, i) => Math.sin(i)));

/** `y`[4] = elements of 10 MB of weights at `index`[4]. */
function gatherModel(data: OnnxInitializer["data"]): Uint8Array<ArrayBuffer> {
  return encodeOnnxModel({
    inputs: [{ name: "index", datatype: "INT64", shape: [4] }],
    outputs: [{ name: "y", datatype: "FP32", shape: [4] }],
    initializers: [{ name: "weights", datatype: "FP32", shape: [count], data }],
    nodes: [{ op: "Gather", inputs: ["weights", "index"], outputs: ["y"] }],
  });
}

const inline = gatherModel({ raw: weights });
const apart = gatherModel({ location: "model.onnx.data", offset: 0, length: weights.length });
const manifest = { runtime: "node", model: { modelName: "packed", modelVersion: "1.0", serializedFile: "m.onnx" } };
const archive = zipBytes([
  { name: "MAR-INF/MANIFEST.json", data: JSON.stringify(manifest) },
  { name: "m.onnx", data: inline },
]);

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Response(new Uint8Array(bytes)).body ?? new ReadableStream();
}

async function bytesOfStream(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

async function put(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), bytes);
}

const sealed = (bytes: Uint8Array): Promise<Uint8Array> => bytesOfStream(seal(streamOf(bytes), recipients));

async function serving(
  fill: (folder: string) => Promise<unknown>,
  act: (backend: Backend) => Promise<void>,
  settings: object = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-large-"));
  try {
    await fill(folder);
    const config = backendConfig.parse({
      modelStore: folder,
      pollInterval: 0,
      loadRetries: 0,
      memoryFolder: missing ? false : memoryFolder,
      ...settings,
    });
    const identitiesFor = keyFileIdentities(new Secret(Buffer.from(`${identity}\n`)));
    await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger(), identitiesFor });
    await backend.settled();
    await act(backend);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answer(backend: Backend, name: string): Promise<Uint8Array> {
  const bytes = bytesOf(BigInt64Array.of(0n, 65_536n, 1_300_001n, BigInt(count - 1)));
  const inputs = [{ name: "index", datatype: "INT64", shape: [4], bytes }] as const;
  const { outputs } = await backend.service.infer({ model: { name }, inputs }, new AbortController().signal);
  return new Uint8Array(outputs[0]?.bytes ?? []);
}

async function reasonFor(backend: Backend, name: string): Promise<string | undefined> {
  const [status] = await backend.service.status({ name });
  return status?.state === "end" ? status.reason : status?.state;
}

const left = async (): Promise<readonly string[]> => (missing ? [] : readdir(memoryFolder));

test("a large model answers the same plain and sealed: alone, in an archive, and with its weights in a file of their own", async () => {
  await serving(
    async (folder) => {
      await put(folder, "plain.onnx", inline);
      await put(folder, "alone.onnx.age", await sealed(inline));
      await put(folder, "packed.mar.age", await sealed(archive));
      const files = { "1/model.onnx": apart, "1/model.onnx.data": weights };
      await sealDirectory(
        { name: "apart", version: "1" },
        Object.entries(files).map(([path, bytes]) => ({ path, open: () => streamOf(bytes) })),
        recipients,
        {
          now: () => new Date(0),
          write: async (path, content) => put(join(folder, "apart"), path, await bytesOfStream(content)),
        },
      );
    },
    async (backend) => {
      const expected = await answer(backend, "plain");
      assert.equal(expected.length, 16);
      for (const name of ["alone", "packed", "apart"]) assert.deepEqual(await answer(backend, name), expected, name);
      assert.deepEqual(await left(), []);
    },
  );
  assert.deepEqual(await left(), []);
});

test("a large sealed model is refused for one flipped byte anywhere, and for its root, and nothing stays behind", async () => {
  const whole = await sealed(inline);
  const flipped = (at: number): Uint8Array => whole.map((byte, i) => (i === at ? byte ^ 1 : byte));
  await serving(
    async (folder) => {
      await put(folder, "first.onnx.age", flipped(400));
      await put(folder, "middle.onnx.age", flipped(whole.length >> 1));
      await put(folder, "last.onnx.age", flipped(whole.length - 1));
      await put(folder, "other.onnx.age", whole);
    },
    async (backend) => {
      for (const name of ["first", "middle", "last"]) {
        assert.match((await reasonFor(backend, name)) ?? "", /of the sealed file was changed/, name);
      }
      assert.match((await reasonFor(backend, "other")) ?? "", /root-mismatch/);
    },
    { models: { other: { roots: ["ab".repeat(32)] } } },
  );
  assert.deepEqual(await left(), []);
});

test("a large sealed model is served without a memory folder, and with the usual one", async () => {
  for (const memoryFolder of [false, "auto"]) {
    const fill = async (folder: string): Promise<void> => put(folder, "m.onnx.age", await sealed(inline));
    await serving(fill, async (backend) => assert.equal((await answer(backend, "m")).length, 16), { memoryFolder });
  }
});

test("a memory folder that would put plaintext on a disk is refused at the start", async () => {
  const act = (): Promise<void> => assert.fail("it started");
  await assert.rejects(
    serving(async () => {}, act, { memoryFolder: "/proc" }),
    { code: "not-in-memory" },
  );
  await assert.rejects(
    serving(async () => {}, act, { memoryFolder: "/none" }),
    { code: "folder-unusable" },
  );
});
