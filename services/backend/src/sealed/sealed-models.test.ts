// Sealed models from a real folder through a key file: every layout, every refusal with its code, and nothing in the clear on disk.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { keyFileIdentities } from "@sealserve/client/identities";
import { identityModel } from "@sealserve/conformance/fixtures/onnx-model";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import { generateKeyPair, merkleRoot, parseRecipient, seal, sealDirectory } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

const { identity, recipient } = await generateKeyPair();
const recipients = [parseRecipient(recipient)];
const onnx = new Uint8Array(identityModel());

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Response(new Uint8Array(bytes)).body ?? new ReadableStream();
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

const sealed = (bytes: Uint8Array, to = recipients): Promise<Uint8Array> => bytesOf(seal(streamOf(bytes), to));

function archive(modelName: string, modelVersion: string): Uint8Array {
  const manifest = JSON.stringify({ runtime: "node", model: { modelName, modelVersion, serializedFile: "m.onnx" } });
  return zipBytes([
    { name: "MAR-INF/MANIFEST.json", data: manifest },
    { name: "m.onnx", data: onnx },
  ]);
}

/** `name` as a sealed directory, in the way of `sealserve seal`. */
async function writeDirectory(
  folder: string,
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array> {
  const manifest = await sealDirectory(
    { name, version: "1" },
    Object.entries(files).map(([path, bytes]) => ({ path, open: () => streamOf(bytes) })),
    recipients,
    {
      now: () => new Date(0),
      write: async (path, content) => {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), await bytesOf(content));
      },
    },
  );
  return manifest.root;
}

interface Store {
  readonly folder: string;
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
}

async function serving(
  fill: (store: Store) => Promise<unknown>,
  act: (backend: Backend, store: Store) => Promise<void>,
  settings: object = {},
  parts: object = { identitiesFor: keyFileIdentities(new Secret(Buffer.from(`# made now\n${identity}\n`))) },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-sealed-"));
  const store = { folder, put: (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes) };
  try {
    await fill(store);
    const config = backendConfig.parse({ modelStore: folder, pollInterval: 0, loadRetries: 0, ...settings });
    await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger(), ...parts });
    await backend.settled();
    await act(backend, store);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function stateOf(backend: Backend, model: string): Promise<string> {
  const [status] = await backend.service.status({ name: model });
  return status?.state === "end" ? (status.reason ?? "end") : `${status?.version} ${status?.state}`;
}

test("every sealed layout is served, and its root is the one that its owner can compute", async () => {
  let root: Uint8Array = new Uint8Array(0);
  await serving(
    async ({ folder, put }) => {
      await put("line.onnx.age", await sealed(onnx));
      await put("packed@2.0.mar.age", await sealed(archive("packed", "2.0")));
      const config = new TextEncoder().encode('backend: "onnxruntime"\nmax_batch_size: 0\n');
      await writeDirectory(join(folder, "triton"), "triton", { "config.pbtxt": config, "1/model.onnx": onnx });
      root = await writeDirectory(join(folder, "plain"), "plain", { "3/model.onnx": onnx });
    },
    async (backend) => {
      assert.equal(await stateOf(backend, "line"), "1 available");
      assert.equal(await stateOf(backend, "packed"), "2.0 available");
      assert.equal(await stateOf(backend, "triton"), "1 available");
      assert.equal(await stateOf(backend, "plain"), "3 available");
      assert.deepEqual(new Set(backend.sealedModels().map(({ stage }) => stage)), new Set(["ready"]));
      assert.equal(root.length, 32);
    },
  );
});

test("only a model whose root is expected is served", async () => {
  const sha256 = new Uint8Array(createHash("sha256").update(onnx).digest());
  const content = { path: "line.onnx", size: onnx.length, sha256 };
  const right = Buffer.from(merkleRoot({ name: "line", version: "1" }, [content])).toString("hex");
  const fill = async ({ put }: Store) => put("line.onnx.age", await sealed(onnx));
  const models = (...roots: string[]) => ({ models: { line: { roots } } });
  const other = "ab".repeat(32);
  await serving(
    fill,
    async (backend) => assert.equal(await stateOf(backend, "line"), "1 available"),
    models(other, right),
  );
  await serving(
    fill,
    async (backend) => {
      assert.match(await stateOf(backend, "line"), /root-mismatch/);
      assert.deepEqual(backend.sealedModels(), [{ model: "line", version: "1", stage: "refused" }]);
    },
    models(other),
  );
});

const stranger = await generateKeyPair();
const refusals: readonly (readonly [string, (store: Store) => Promise<unknown>, RegExp])[] = [
  [
    "is sealed to somebody else",
    async ({ put }) => put("m.onnx.age", await sealed(onnx, [parseRecipient(stranger.recipient)])),
    /unknown-key/,
  ],
  [
    "was cut",
    async ({ put }) => put("m.onnx.age", (await sealed(onnx)).slice(0, -1)),
    /chunk 1 of the sealed file was changed/,
  ],
  ["is not sealed at all", async ({ put }) => put("m.onnx.age", onnx), /age-encryption\.org/],
  [
    "is an archive of another model",
    async ({ put }) => put("m.mar.age", await sealed(archive("other", "1.0"))),
    /'other' version '1.0', but is named as 'm'/,
  ],
  [
    "is an archive of an older version",
    async ({ put }) => put("m@2.mar.age", await sealed(archive("m", "1"))),
    /'m' version '1', but is named as 'm' version '2'/,
  ],
  [
    "is a directory under another name",
    async ({ folder }) => {
      await writeDirectory(join(folder, "n"), "n", { "1/model.onnx": onnx });
      await rename(join(folder, "n"), join(folder, "m"));
    },
    /holds name "n", but "m" is expected/,
  ],
  [
    "has two files swapped",
    async ({ folder }) => {
      await writeDirectory(join(folder, "m"), "m", { "1/model.onnx": onnx, "1/other.onnx": onnx });
      await cp(join(folder, "m/1/other.onnx.age"), join(folder, "m/1/model.onnx.age"));
    },
    /"1\/model.onnx" is not the file that was sealed under this name/,
  ],
  [
    "has a file too many",
    async ({ folder }) => {
      await writeDirectory(join(folder, "m"), "m", { "1/model.onnx": onnx });
      await writeFile(join(folder, "m/1/evil.age"), "");
    },
    /"1\/evil.age" is not listed/,
  ],
];
for (const [what, fill, reason] of refusals) {
  test(`a sealed model that ${what} is refused with the reason, and others are served`, async () => {
    const filled = async (store: Store) => {
      await fill(store);
      await store.put("good.onnx.age", await sealed(onnx));
    };
    await serving(filled, async (backend) => {
      assert.match(await stateOf(backend, "m"), reason);
      assert.equal(await stateOf(backend, "good"), "1 available");
    });
  });
}

test("without an identity a sealed model is listed with what to do", async () => {
  const fill = async ({ put }: Store) => put("m.onnx.age", await sealed(onnx));
  await serving(fill, async (backend) => assert.match(await stateOf(backend, "m"), /'identity'/), {}, {});
});

test("the digest of the model set follows what is loaded, and unsealed models are measured where that is wanted", async () => {
  const digests = new Set<string>();
  const note = async (backend: Backend): Promise<void> => {
    digests.add(Buffer.from(backend.modelSetDigest()).toString("hex"));
  };
  const measured = { measured: { modelCode: [] } };
  await serving(async () => {}, note, {}, measured);
  await serving(({ put }) => put("a.onnx", onnx), note, {}, measured);
  await serving(({ put }) => put("b.onnx", onnx), note, {}, measured);
  await serving(({ put }) => put("a.onnx", new Uint8Array(identityModel("INT32"))), note, {}, measured);
  assert.equal(digests.size, 4);
});

test("a model that lies unsealed in the place of a sealed one must have an expected root, too", async () => {
  const sha256 = new Uint8Array(createHash("sha256").update(onnx).digest());
  const root = merkleRoot({ name: "line", version: "1" }, [{ path: "line.onnx", size: onnx.length, sha256 }]);
  const fill = async ({ put }: Store) => put("line.onnx", onnx);
  const models = (expected: string) => ({ models: { line: { roots: [expected] } } });
  const other = async (backend: Backend) => assert.match(await stateOf(backend, "line"), /root-mismatch/);
  const same = async (backend: Backend) => assert.equal(await stateOf(backend, "line"), "1 available");
  for (const parts of [{}, { measured: { modelCode: [] } }]) {
    await serving(fill, other, models("ab".repeat(32)), parts);
    await serving(fill, same, models(Buffer.from(root).toString("hex")), parts);
  }
});

test("what takes the place of a sealed model that was refused is measured", async () => {
  const parts = {
    measured: { modelCode: [] },
    identitiesFor: keyFileIdentities(new Secret(Buffer.from(`${identity}\n`))),
  };
  const digestOf = (backend: Backend) => Buffer.from(backend.modelSetDigest()).toString("hex");
  let expected = "";
  await serving(
    ({ put }) => put("m.onnx", onnx),
    async (backend) => {
      expected = digestOf(backend);
    },
    {},
    { measured: { modelCode: [] } },
  );
  await serving(
    async ({ put }) => put("m.onnx.age", await sealed(onnx, [parseRecipient(stranger.recipient)])),
    async (backend, { folder, put }) => {
      assert.match(await stateOf(backend, "m"), /unknown-key/);
      await put("m.onnx", onnx);
      await rm(join(folder, "m.onnx.age"));
      while ((await stateOf(backend, "m")) !== "1 available") await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(digestOf(backend), expected);
    },
    { pollInterval: 20 },
    parts,
  );
});

test("no plaintext of a sealed model is written beside it", async () => {
  const fill = async ({ put }: Store) => put("m.onnx.age", await sealed(onnx));
  await serving(fill, async (_, { folder }) => {
    for (const name of await readdir(folder, { recursive: true })) {
      assert.ok(!(await readFile(join(folder, name))).includes(Buffer.from(onnx.subarray(0, 64))));
    }
    assert.deepEqual(await readdir(folder), ["m.onnx.age"]);
  });
});
