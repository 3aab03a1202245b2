// Another root key for a database: everything opens under the new one and nothing under the old, whatever happens on the way.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel, type MockIntel } from "@sealserve/mock-tee";
import type { Stanza } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { FileWitness } from "../audit/witness.ts";
import type { KeyBrokerConfig } from "../config.ts";
import { keyBrokerShape } from "../config.ts";
import { type KeyBroker, startKeyBroker } from "../key-broker.ts";
import { toShares } from "../root-key/shares.ts";
import { fixtureConfig, model, policyFor, reference, stanzasFor, tenant, trusted } from "../testing/broker-fixture.ts";
import { request } from "../testing/raw-attestation.ts";
import { changeRootKey, type RootKeyStep } from "./change-root-key.ts";

type RootKey = KeyBrokerConfig["rootKey"];

const parts = { logger: silentLogger(), epoch: () => Date.now(), randomness: randomBytes };
const fileKey = new Uint8Array(16).fill(6);
const secret = (byte: number): RootKey => ({ file: new Secret(Buffer.alloc(32, byte)) });

interface Prepared {
  readonly folder: string;
  readonly config: KeyBrokerConfig;
  readonly intel: MockIntel;
  readonly sealed: readonly Stanza[];
}

async function prepare(t: TestContext): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), "root-key-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { publicKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  await writeFile(join(folder, "admin.pub"), pem);
  const intel = createMockIntel({}, { now: () => new Date() });
  const config = fixtureConfig(folder, pem);
  await using broker = await start({ config, intel });
  const { administration } = broker;
  await administration.createTenant("test", tenant);
  const { recipient } = await administration.createKey("test", tenant, "model-key", "x25519");
  await administration.setPolicy("test", tenant, model, policyFor(intel));
  await administration.setReference("test", tenant, model, reference);
  await administration.setResource("test", tenant, model, "token", Buffer.from("hunter2"));
  return { folder, config, intel, sealed: await stanzasFor(recipient, fileKey) };
}

function start({ config, intel }: Pick<Prepared, "config" | "intel">, rootKey: RootKey = config.rootKey) {
  const settings = { clock: systemClock(), logger: silentLogger(), anchors: [intel.anchor], collateral: intel.source };
  return startKeyBroker({ ...config, rootKey }, settings);
}

/** A file key and a resource: both were sealed under the root key. */
async function ask({ urls }: KeyBroker, { intel, sealed }: Prepared): Promise<readonly (Uint8Array | null)[]> {
  const broker = connectKeyBroker(new URL(urls.broker ?? ""), { fetch });
  const key = await createTeeKey();
  const session = brokerSession({ tee: "tdx", tenant, model }, { broker, attester: intel.attester(trusted), key });
  return [await session.unwrap(sealed), await session.resource("token")];
}

const answers = [fileKey, new Uint8Array(Buffer.from("hunter2"))];

function lastEntries({ config }: Prepared, count: number): readonly string[] {
  using database = new DatabaseSync(config.database);
  const rows = database.prepare("select entry from audit order by sequence desc limit ?").all(count);
  return rows.map(({ entry }) => String(entry));
}

test("from a file to a passphrase, to shares, and back to a file: the old key is refused each time", async (t) => {
  const prepared = await prepare(t);
  const { config, folder } = prepared;
  await writeFile(join(folder, "passphrase.txt"), "correct horse battery staple\n");
  const files = toShares(randomBytes(32), { threshold: 2, count: 3, epoch: 1 }, { randomness: randomBytes });
  for (const share of files) await writeFile(join(folder, `share-${share.index}.json`), JSON.stringify(share));
  const shares = [1, 3].map((index) => join(folder, `share-${index}.json`));
  let rootKey = config.rootKey;
  for (const [to, words] of [
    [keyBrokerShape.rootKey.parse({ passphraseFile: join(folder, "passphrase.txt") }), "from a file to a passphrase"],
    [keyBrokerShape.rootKey.parse({ shares }), "from a passphrase to shares of epoch 1"],
    [secret(9), "from shares to a file"],
  ] as const) {
    const current = { ...config, rootKey };
    const tried = await changeRootKey(current, to, null, parts);
    assert.deepEqual(tried.done, false);
    await assert.rejects(start(prepared, to), { code: "root-key-wrong" });
    const changed = await changeRootKey(current, to, "operator me", parts);
    assert.deepEqual(changed, { values: tried.values, done: true });
    await assert.rejects(start(prepared, rootKey), { code: "root-key-wrong" });
    assert.match(lastEntries(prepared, 1)[0] ?? "", new RegExp(`"act":"root-key-changed".*"subject":"${words}"`));
    await using broker = await start(prepared, to);
    assert.deepEqual(await ask(broker, prepared), answers);
    rootKey = to;
  }
  await assert.rejects(changeRootKey({ ...config, rootKey }, rootKey, "operator me", parts), { code: "root-key-same" });
  await assert.rejects(changeRootKey(config, secret(10), "operator me", parts), { code: "root-key-wrong" });
});

test("the witness follows to where the new root key lies", async (t) => {
  const prepared = await prepare(t);
  const folders = ["old", "new"].map((name) => join(prepared.folder, name));
  for (const folder of folders) {
    await mkdir(folder);
    await writeFile(join(folder, "root.key"), folder === folders[0] ? Buffer.alloc(32, 7) : randomBytes(32));
  }
  const [from, to] = folders.map((folder) => keyBrokerShape.rootKey.parse({ file: join(folder, "root.key") }));
  assert.ok(from && to);
  const config = { ...prepared.config, auditWitness: null, rootKey: from };
  await changeRootKey(config, to, "operator me", parts);
  const { sequence } = JSON.parse(lastEntries(prepared, 1)[0] ?? "");
  for (const folder of folders) {
    const name = (await readdir(folder)).find((each) => each.startsWith("audit-witness-")) ?? "";
    assert.equal((await new FileWitness(join(folder, name)).read()).sequence, sequence);
  }
});

test("a broker that runs meanwhile releases nothing more, and says why", async (t) => {
  const prepared = await prepare(t);
  const errors: unknown[] = [];
  const logger = { ...silentLogger(), error: (_: string, facts?: object) => void errors.push(facts) };
  const { config, intel } = prepared;
  const settings = { clock: systemClock(), logger, anchors: [intel.anchor], collateral: intel.source };
  await using running = await startKeyBroker(config, settings);
  assert.deepEqual(await ask(running, prepared), answers);
  assert.equal((await request(running.urls.operations, "/readyz")).status, 200);
  await changeRootKey(config, secret(9), "operator me", parts);
  await assert.rejects(ask(running, prepared), { code: "unavailable" });
  await assert.rejects(running.administration.createTenant("test", "late"), { code: "root-key-changed" });
  assert.match(
    JSON.stringify(errors, (_, value) => (value instanceof Error ? value.message : value)),
    /another root key/,
  );
  assert.equal((await request(running.urls.operations, "/readyz")).status, 503);
});

test("what was changed by hand ends the change, and nothing has changed", async (t) => {
  const prepared = await prepare(t);
  const { config } = prepared;
  using database = new DatabaseSync(config.database);
  database.exec("update reference_values set document = replace(document, '1111', '2222')");
  await assert.rejects(changeRootKey(config, secret(9), "operator me", parts), { name: "VaultError" });
  database.exec(
    "update reference_values set document = replace(document, '2222', '1111'); update keys set enabled = 0",
  );
  await assert.rejects(changeRootKey(config, secret(9), "operator me", parts), { code: "state-changed" });
  database.exec("update keys set enabled = 1");
  await using broker = await start(prepared);
  assert.deepEqual(await ask(broker, prepared), answers);
});

const steps: readonly (readonly [RootKeyStep | "never", changed: boolean])[] = [
  ["opened", false],
  ["resealed", false],
  ["appended", false],
  ["committed", true],
  ["witnessed", true],
  ["never", true],
];

for (const [step, changed] of steps) {
  test(`killed when ${step}: the database is sealed under the ${changed ? "new" : "old"} key, and whole`, async (t) => {
    const prepared = await prepare(t);
    const script = join(import.meta.dirname, "../testing/crashing-root-key-change.ts");
    const child = spawn(process.execPath, [script, prepared.folder, step], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    assert.equal(code, step === "never" ? 0 : null);
    const [good, bad] = changed ? [secret(8), secret(7)] : [secret(7), secret(8)];
    await assert.rejects(start(prepared, bad), { code: "root-key-wrong" });
    await using broker = await start(prepared, good);
    assert.deepEqual(await ask(broker, prepared), answers);
    assert.equal(
      lastEntries(prepared, 9).some((entry) => entry.includes('"root-key-changed"')),
      changed,
    );
  });
}
