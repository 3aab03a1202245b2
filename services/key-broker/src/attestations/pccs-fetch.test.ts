// A PCCS whose certificate is of an authority of its own: believed where the configuration names that authority, and nobody else by it.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { CollateralSource } from "@sealserve/attestation";
import { type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { type CollateralServer, createMockAmd, createMockIntel, startCollateralServer } from "@sealserve/mock-tee";
import { loadConfig, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { keyBrokerProcessConfig } from "../config.ts";
import { startFixture } from "../testing/broker-fixture.ts";
import { collateralOf } from "./collateral-of.ts";
import { pccsFetch } from "./pccs-fetch.ts";

const clock = systemClock();
const logger = silentLogger();
const now = { now: () => new Date(clock.epoch()) };
const intel = createMockIntel({}, now);
const amd = createMockAmd({ product: "Turin" }, now);
const { signal } = new AbortController();
const dcap = { kind: "dcap", tee: "tdx", fmspc: intel.platform.fmspc, ca: "platform" } as const;
const snp = {
  kind: "snp",
  product: "Turin",
  chipId: Buffer.from(amd.chipId).toString("hex"),
  reportedTcb: "00".repeat(8),
} as const;

let folder: string;
let authority: TestAuthority;
let other: TestAuthority;
let pccs: CollateralServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-pccs-"));
  [authority, other] = await Promise.all([testAuthority("PCCS"), testAuthority("Other")]);
  pccs = await startCollateralServer({ intel: [intel], amd: [amd], tls: await authority.issue({ usage: "server" }) });
});
after(async () => {
  await pccs[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** As a broker's process reads it. */
function configured(collateral: object) {
  const schema = keyBrokerProcessConfig.pick({ collateral: true });
  return loadConfig(schema, { file: null, env: {}, flags: { collateral } }).collateral;
}

async function source(ca: string | null, stack: DisposableStack): Promise<CollateralSource> {
  const config = configured({ pccs: pccs.url, kds: pccs.url, ca });
  const fetchPccs = config.ca === null ? fetch : stack.use(await pccsFetch(config.ca, { clock, logger })).fetch;
  return collateralOf(config, { clock, fetch, fetchPccs });
}

test("the broker accepts a process by the collateral of a PCCS whose authority is named", async () => {
  using stack = new DisposableStack();
  const trusting = await source(await file("ca.crt", authority.roots), stack);
  await using fixture = await startFixture({ intel, parts: { collateral: trusting } });
  await (await fixture.session()).attest();
});

test("without it, or with another's, there is no collateral and nobody is accepted", async () => {
  using stack = new DisposableStack();
  for (const ca of [null, await file("other.crt", other.roots)]) {
    const doubting = await source(ca, stack);
    await assert.rejects(doubting.fetch(dcap, signal), { code: "unavailable" });
    await using fixture = await startFixture({ intel, parts: { collateral: doubting } });
    await assert.rejects((await fixture.session()).attest(), { code: "collateral-unavailable" });
  }
});

test("who is asked for AMD's collateral is not believed by that authority", async () => {
  using stack = new DisposableStack();
  const trusting = await source(await file("ca.crt", authority.roots), stack);
  await assert.rejects(trusting.fetch(snp, signal), { code: "unavailable" });
});

test("a changed file holds from the next look on, and one that cannot be used changes nothing", async () => {
  const path = await file("changing.crt", other.roots);
  const looks: (() => void)[] = [];
  const told: string[] = [];
  const events = { info: (said: string) => told.push(said), warn: (said: string) => told.push(said) };
  const setTimer = (_: number, look: () => void) => {
    looks.push(look);
    return { cancel: () => {} };
  };
  const { ca } = configured({ pccs: pccs.url, ca: path });
  assert.ok(ca);
  using asked = await pccsFetch(ca, { clock: { setTimer }, logger: events });
  const look = async (): Promise<void> => {
    const before = looks.length;
    looks.at(-1)?.();
    while (looks.length === before) await new Promise(setImmediate);
  };
  await assert.rejects(asked.fetch(`${pccs.url}/`, {}));
  await file("changing.crt", authority.roots);
  await look();
  assert.equal((await asked.fetch(`${pccs.url}/`, {})).status, 404);
  await file("changing.crt", "no certificate");
  await look();
  assert.equal((await asked.fetch(`${pccs.url}/`, {})).status, 404);
  assert.equal(told.length, 2);
});

test("an authority is refused where nobody would be asked by it", async () => {
  const ca = await file("ca.crt", authority.roots);
  for (const wrong of [{ ca }, { ca, pccs: "http://pccs.example" }, { ca, pccs: pccs.url, folder }]) {
    assert.throws(() => configured(wrong), { name: "ConfigError" });
  }
  const empty = await file("empty.crt", "");
  assert.throws(() => configured({ pccs: pccs.url, ca: empty }), { name: "ConfigError" });
});
