// Runs every benchmark, prints the table, and writes it beside the figures as JSON; ends with 1 if something asked does not hold.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { attestation } from "./cases/attestation.ts";
import { frontendHop } from "./cases/frontend-hop.ts";
import { grpcRate } from "./cases/grpc-rate.ts";
import { identityRate } from "./cases/identity-rate.ts";
import { jsonBlocking } from "./cases/json-blocking.ts";
import { keyRelease } from "./cases/key-release.ts";
import { memory } from "./cases/memory.ts";
import { recognitionThroughput } from "./cases/recognition-throughput.ts";
import { routing } from "./cases/routing.ts";
import { sealedLoad } from "./cases/sealed-load.ts";
import { sealing } from "./cases/sealing.ts";
import { sealingMemory } from "./cases/sealing-memory.ts";
import { sidecar } from "./cases/sidecar.ts";
import { torchserve } from "./cases/torchserve.ts";
import { type Bench, type BenchResult, holds, toTable } from "./result.ts";

const benches: Readonly<Record<string, Bench>> = {
  identityRate,
  grpcRate,
  recognitionThroughput,
  jsonBlocking,
  memory,
  sealing,
  sealingMemory,
  sealedLoad,
  attestation,
  keyRelease,
  routing,
  frontendHop,
  sidecar,
  torchserve,
};
const only = process.argv.slice(2);
const [before] = loadavg();
const results: BenchResult[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (only.length > 0 && !only.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  results.push(...(await bench()));
}

const table = toTable(results);
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
const machine = {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 1e9),
  /** Over the last minute, before and after: our own work included. */
  load: { before, after: loadavg()[0] },
};
writeFileSync(join(folder, "results.json"), `${JSON.stringify({ machine, results }, null, 2)}\n`);
writeFileSync(join(folder, "results.md"), `${table}\n`);
process.stdout.write(`${table}\n`);
process.exitCode = results.every(holds) ? 0 : 1;
