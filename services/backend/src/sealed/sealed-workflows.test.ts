// Workflow archives that lie sealed: read with their key, run in memory, and refused where they are not what they are called.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keyFileIdentities } from "@sealserve/client/identities";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import type { DesiredModel } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { generateKeyPair, parseRecipient, seal } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "../backend.ts";
import { backendConfig } from "../config.ts";

const { identity, recipient } = await generateKeyPair();
const signal = AbortSignal.timeout(20_000);
const spec = "models: {}\ndag: { first: [last], last: [] }\n";
const source = 'export const first = (rows) => rows.map((row) => row.body.text() + "!");\nexport const last = first;\n';

function archive(workflowName: string): Uint8Array {
  const workflow = { workflowName, specFile: "spec.yaml", handler: "f.js" };
  return zipBytes([
    { name: "WAR-INF/MANIFEST.json", data: JSON.stringify({ workflow }) },
    { name: "spec.yaml", data: spec },
    { name: "f.js", data: source },
  ]);
}

async function sealed(bytes: Uint8Array, to = recipient): Promise<Uint8Array> {
  const stream = new Response(new Uint8Array(bytes)).body ?? new ReadableStream();
  const out = seal(stream, [parseRecipient(to)]) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Uint8Array(await new Response(out).arrayBuffer());
}

async function serving(
  files: Readonly<Record<string, Uint8Array>>,
  act: (backend: Backend) => Promise<void>,
  parts: object = { identitiesFor: keyFileIdentities(new Secret(Buffer.from(`${identity}\n`))) },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-sealed-"));
  try {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const config = backendConfig.parse({ modelStore: folder, pollInterval: 0, loadRetries: 0 });
    await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger(), ...parts });
    await act(backend);
    assert.deepEqual((await readdir(folder)).sort(), Object.keys(files).sort());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const from = (handler: string): DesiredModel => ({
  ...{ loaded: true, versions: ["1.0"], sources: { "1.0": { entry: "pair.war.age", handler } } },
});

async function answer({ service }: Backend, name: string): Promise<string> {
  const bytes = Uint8Array.of(5, 0, 0, 0, ...utf8("hello"));
  const input = { name: "body", datatype: "BYTES", shape: [1], bytes } as const;
  const { outputs } = await service.infer({ model: { name }, inputs: [input] }, signal);
  return textOf(outputs[0]?.bytes.subarray(4) ?? new Uint8Array());
}

test("it is listed with its graph, and its functions run; looking at it makes evidence name nothing", async () => {
  await serving({ "pair.war.age": await sealed(archive("pair")) }, async (backend) => {
    const [found] = backend.workflows();
    assert.deepEqual(
      found?.spec?.nodes.map(({ name }) => name),
      ["first", "last"],
    );
    const before = backend.modelSetDigest();
    assert.deepEqual(await backend.service.list(), []);
    const models = { pair__first: from("f.js:first"), pair__last: from("f.js:last"), other: from("f.js:first") };
    await backend.apply({ epoch: "e", revision: 1, models });
    await backend.settled();
    assert.equal(await answer(backend, "pair__first"), "hello!");
    assert.equal(backend.loaded("pair__last", "1.0")?.definition.memoryOnly, true);
    assert.notDeepEqual(backend.modelSetDigest(), before);
    assert.match(backend.root("pair__first", "1.0") ?? "", /^[0-9a-f]{64}$/);
    assert.equal(backend.root("pair", "1.0"), null);
    assert.match((await backend.service.status({ name: "other" }))[0]?.reason ?? "", /its functions are first, last/);
  });
});

test("one that was renamed, that is sealed to somebody else, that was changed, or without a key is listed with its fault", async () => {
  const foreign = await sealed(archive("pair"), (await generateKeyPair()).recipient);
  const changed = await sealed(archive("pair"));
  changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
  const faultOf = async (files: Readonly<Record<string, Uint8Array>>, parts?: object) => {
    let reason = "";
    await serving(
      files,
      async (backend) => {
        const [found] = backend.workflows();
        assert.deepEqual([found?.spec, found?.fault?.code], [null, "unreadable"]);
        reason = found?.fault?.reason ?? "";
      },
      parts,
    );
    return reason;
  };
  assert.match(
    await faultOf({ "other.war.age": await sealed(archive("pair")) }),
    /holds the workflow 'pair', but is named as the workflow 'other'/,
  );
  assert.match(await faultOf({ "pair.war.age": foreign }), /key|identity/i);
  assert.notEqual(await faultOf({ "pair.war.age": changed }), "");
  assert.match(await faultOf({ "pair.war.age": await sealed(archive("pair")) }, {}), /identity/);
});
