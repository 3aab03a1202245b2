// What the server keeps in memory: idle, and after many requests.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { startSealserve } from "../started-process.ts";
import { identityRequest, writeIdentity } from "./identity-rate.ts";

const early = 10_000;
const late = 100_000;

/** Resident memory by the kernel's count. */
export async function memory(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const idle = await idleMemory(store);
    await writeIdentity(store);
    await using served = await startSealserve(store);
    const target = { host: "127.0.0.1", port: served.port, request: identityRequest(), connections: 8 };
    await runLoad({ ...target, until: { answers: early } });
    const before = await served.residentMemory();
    await runLoad({ ...target, until: { answers: late - early } });
    const after = await served.residentMemory();
    return [
      {
        name: "idle-memory",
        what: "resident memory of an idle server without models",
        value: idle,
        unit: "MB",
        asked: { kind: "at most", bound: 150 },
        figures: {},
      },
      {
        name: "memory-growth",
        what: `growth of resident memory from ${early} to ${late} requests`,
        value: after - before,
        unit: "MB",
        asked: { kind: "at most", bound: 20 },
        figures: { "MB before": before, "MB after": after },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function idleMemory(store: string): Promise<number> {
  await using served = await startSealserve(store);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return served.residentMemory();
}
