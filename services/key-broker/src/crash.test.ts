// A broker that is killed between any two steps of a release loses nothing and releases nothing unlogged.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel, type MockIntel } from "@sealserve/mock-tee";
import type { Stanza } from "@sealserve/sealing";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createTeeKey } from "@sealserve/session";
import { writeCollateral } from "./attestations/collateral-document.ts";
import type { AuditEntry } from "./audit/entry.ts";
import { type KeyBroker, startKeyBroker } from "./key-broker.ts";
import type { ReleaseStep } from "./release/releases.ts";
import { Storage } from "./storage/storage.ts";
import { fixtureConfig, model, policyFor, reference, stanzasFor, tenant, trusted } from "./testing/broker-fixture.ts";

type Stanzas = readonly Stanza[];

const fileKey = new Uint8Array(16).fill(5);

/** Whether the log has the release after the crash; never: nobody crashed. */
const steps: readonly (readonly [ReleaseStep | "never", logged: boolean])[] = [
  ["judged", false],
  ["produced", false],
  ["appended", false],
  ["committed", true],
  ["witnessed", true],
  ["never", true],
];

for (const [step, logged] of steps) {
  test(`killed when ${step}: the log ${logged ? "has" : "has not"} the release, and goes on whole`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "crash-"));
    try {
      const { intel, sealed } = await prepare(folder);
      const released = await releaseFromProcess(folder, intel, sealed, step);
      assert.equal(released, step === "never");
      await using again = await startHere(folder, intel);
      const unwraps = (await entries(folder)).filter((entry) => entry.kind === "decision" && entry.act === "unwrap");
      assert.equal(unwraps.length, logged ? 1 : 0);
      assert.ok(await ask(again.urls.broker, intel, sealed), "the next release comes");
      assert.equal((await entries(folder)).at(-1)?.kind, "decision");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

async function prepare(folder: string): Promise<{ readonly intel: MockIntel; readonly sealed: Stanzas }> {
  const { publicKey } = generateKeyPairSync("ed25519");
  const intel = createMockIntel({}, { now: () => new Date() });
  await writeFile(join(folder, "admin.pub"), publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(join(folder, "anchor.json"), JSON.stringify(intel.anchor));
  await writeFile(join(folder, "collateral.json"), writeCollateral([intel.collateral("tdx")]));
  await using broker = await startHere(folder, intel);
  const { administration } = broker;
  await administration.createTenant("test", tenant);
  const { recipient } = await administration.createKey("test", tenant, "model-key", "x25519");
  await administration.setPolicy("test", tenant, model, policyFor(intel));
  await administration.setReference("test", tenant, model, reference);
  return { intel, sealed: await stanzasFor(recipient, fileKey) };
}

async function startHere(folder: string, intel: MockIntel): Promise<KeyBroker> {
  const config = fixtureConfig(folder, await readFile(join(folder, "admin.pub"), "utf8"));
  const parts = { clock: systemClock(), logger: silentLogger(), anchors: [intel.anchor], collateral: intel.source };
  return startKeyBroker(config, parts);
}

/** Whether the key came. Ends the process, if it has not ended itself. */
async function releaseFromProcess(folder: string, intel: MockIntel, sealed: Stanzas, step: string): Promise<boolean> {
  const script = join(import.meta.dirname, "testing/crashing-broker.ts");
  const child = spawn(process.execPath, [script, folder, step], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  try {
    for await (const line of createInterface({ input: child.stdout }))
      return await ask(JSON.parse(line).broker, intel, sealed);
    return false;
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}

async function ask(url: string | null, intel: MockIntel, sealed: Stanzas): Promise<boolean> {
  const broker = connectKeyBroker(new URL(url ?? ""), { fetch });
  const parts = { broker, attester: intel.attester(trusted), key: await createTeeKey() };
  try {
    const key = await brokerSession({ tee: "tdx", tenant, model }, parts).unwrap(sealed);
    assert.deepEqual(key, fileKey);
    return true;
  } catch (error) {
    assert.equal(Object(error).code, "unavailable");
    return false;
  }
}

async function entries(folder: string): Promise<readonly AuditEntry[]> {
  await using storage = await Storage.open(join(folder, "broker.sqlite"), { logger: silentLogger() });
  const rows = await storage.db.selectFrom("audit").select("entry").orderBy("sequence").execute();
  return rows.map(({ entry }) => JSON.parse(entry));
}
