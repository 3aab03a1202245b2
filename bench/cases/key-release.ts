// How long a process waits for its key, and what a thousand that ask at once cost the broker.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toReportData } from "@sealserve/attestation";
import { connectKeyBroker } from "@sealserve/client";
import { writeCollateral } from "@sealserve/key-broker";
import { createMockIntel, type MockIntel } from "@sealserve/mock-tee";
import { type KeyBrokerService, kbsReportData, writeExtraParams } from "@sealserve/protocols/key-broker";
import { parseRecipient, type Stanza } from "@sealserve/sealing";
import { createTeeKey } from "@sealserve/session";
import type { BenchResult } from "../result.ts";
import { median } from "../spread.ts";
import { startProcess } from "../started-process.ts";

const rounds = 150;
const warmUp = 50;
const backends = 1_000;
const scope = { tenant: "acme", model: "ocr" };
const never = new AbortController().signal;

/** Auth, attest and unwrap over loopback, each time with new TDX evidence; then a thousand backends at the same time. */
export async function keyRelease(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const intel = createMockIntel({}, { now: () => new Date() });
    await prepare(folder, intel);
    await using server = await startProcess("bench/broker-server.ts", [folder]);
    const broker = connectKeyBroker(new URL(String(server.line["url"])), { fetch });
    const stanzas = await parseRecipient(String(server.line["recipient"])).wrap(randomBytes(16));
    const idle = await server.residentMemory();
    for (let i = 0; i < warmUp; i++) await release(broker, intel, stanzas);
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) times.push(await release(broker, intel, stanzas));
    const crowd = await releaseAtOnce(
      () => release(broker, intel, stanzas),
      () => server.residentMemory(),
    );
    return [
      {
        name: "key-release",
        what: "a full key release (auth, attest, unwrap; new TDX evidence, durable log), p50 on loopback",
        value: median(times),
        unit: "ms",
        asked: { kind: "at most", bound: 25 },
        figures: { "p99 ms": times.toSorted((a, b) => a - b)[Math.floor(rounds * 0.99)] ?? Number.NaN },
      },
      {
        name: "key-release-memory",
        what: "resident memory of a key broker while 1,000 backends attest at once, highest seen",
        value: crowd.peak,
        unit: "MB",
        asked: { kind: "at most", bound: 400 },
        figures: { "idle MB": idle, "seconds for all": crowd.seconds, "releases/s": backends / crowd.seconds },
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string, intel: MockIntel): Promise<void> {
  const { publicKey } = generateKeyPairSync("ed25519");
  const appraisal = {
    name: "bench",
    references: [{ tee: "tdx", name: "one", mrTd: ["11".repeat(48)] }],
    tcbStatuses: ["UpToDate"],
    hardwareIds: null,
    simulatedRoots: [intel.anchor.sha256],
  };
  const files = {
    "admin.pub": publicKey.export({ type: "spki", format: "pem" }),
    "root.key": randomBytes(32),
    "anchor.json": JSON.stringify(intel.anchor),
    "collateral.json": writeCollateral([intel.collateral("tdx")]),
    "policy.json": JSON.stringify({ appraisal, keys: ["model-key"] }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

/** Milliseconds that the broker's three answers took; making keys and evidence is not its work. */
async function release(broker: KeyBrokerService, intel: MockIntel, stanzas: readonly Stanza[]): Promise<number> {
  const key = await createTeeKey();
  const begun = performance.now();
  const { nonce, session } = await broker.auth({ tee: "tdx", extraParams: writeExtraParams(scope) }, never);
  const challenged = performance.now();
  const runtimeData = { nonce, "tee-pubkey": key.publicJwk };
  const reportData = toReportData(await kbsReportData(runtimeData));
  const evidence = await intel.attester({ tee: "tdx", mrTd: "11".repeat(48) }).evidence(reportData);
  const proved = performance.now();
  const { token } = await broker.attest({ session, runtimeData, evidence }, never);
  const jwe = await broker.unwrap({ token, ...scope, stanzas }, never);
  const done = performance.now();
  await key.open({ ...jwe });
  return challenged - begun + (done - proved);
}

async function releaseAtOnce(
  one: () => Promise<number>,
  memory: () => Promise<number>,
): Promise<{ readonly peak: number; readonly seconds: number }> {
  let peak = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      peak = Math.max(peak, await memory());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const begun = performance.now();
  try {
    await Promise.all(Array.from({ length: backends }, one));
  } finally {
    running = false;
    await watching;
  }
  return { peak, seconds: (performance.now() - begun) / 1000 };
}
