// How long a large JSON tensor keeps other requests waiting, from the first one that a fresh server sees.
import { mkdtemp, rm } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exchange } from "../exchange.ts";
import type { BenchResult } from "../result.ts";
import { median, quantile } from "../spread.ts";
import { startProcess, startSealserve } from "../started-process.ts";
import { writeIdentity } from "./identity-rate.ts";

const servers = 5;
const requests = 12;
/** About 20 characters each, both ways. */
const elements = 50_000;

interface Waits {
  /** Milliseconds that each probe took, ascending: beside large requests, and on the same server left alone. */
  readonly beside: readonly number[];
  readonly alone: readonly number[];
  /** Milliseconds that the large requests took. */
  readonly answers: readonly number[];
  readonly bytes: number;
}

/**
 * Sends JSON tensors of 1 MB one after another, and asks for liveness all the while. Each server is fresh: the first requests, while
 * the code is not compiled yet, are the slowest. The value is the middle of the servers' longest waits; what the machine itself makes
 * a probe wait is told beside it.
 */
export async function jsonBlocking(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    await writeIdentity(store);
    const seen: Waits[] = [];
    for (let i = 0; i < servers; i++) seen.push(await probeFreshServer(store));
    const longest = (waits: readonly number[]): number => waits.at(-1) ?? Number.NaN;
    const worst = seen.map(({ beside }) => longest(beside));
    return [
      {
        name: "json-blocking",
        what: `longest wait of another request beside JSON tensors of ${((seen[0]?.bytes ?? 0) / 1e6).toFixed(2)} MB`,
        value: median(worst),
        unit: "ms",
        asked: { kind: "at most", bound: 50 },
        figures: {
          "worst server ms": Math.max(...worst),
          "wait p99 ms": median(seen.map(({ beside }) => quantile(beside, 0.99))),
          "longest wait without load ms": median(seen.map(({ alone }) => longest(alone))),
          "first JSON answer ms": median(seen.map(({ answers }) => answers[0] ?? Number.NaN)),
          "JSON answer ms": median(seen.flatMap(({ answers }) => answers)),
        },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function probeFreshServer(store: string): Promise<Waits> {
  await using served = await startSealserve(store);
  await using load = await startProcess("bench/json-load.ts", [
    `${served.port}`,
    "/v2/models/wide/infer",
    `${elements}`,
  ]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const probe = (): Promise<number> => exchange({ agent, port: served.port, method: "GET", path: "/v2/health/live" });
  await probe();
  const answered = load.ask(`${requests}`);
  const beside = await probeUntil(answered, probe);
  const answers = (await answered)["answers"] as number[];
  const alone = await probeUntil(new Promise((resolve) => setTimeout(resolve, 500)), probe);
  agent.destroy();
  return { beside, alone, answers, bytes: Number(load.line["bytes"]) };
}

async function probeUntil(over: Promise<unknown>, probe: () => Promise<number>): Promise<number[]> {
  let going = true;
  const ended = over.then(() => {
    going = false;
  });
  const waits: number[] = [];
  while (going) waits.push(await probe());
  await ended;
  return waits.sort((a, b) => a - b);
}
