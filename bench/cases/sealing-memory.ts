// How much memory the commands `seal` and `open` take for a large file.
import { execFile } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateKeyPair } from "@sealserve/sealing";
import type { BenchResult } from "../result.ts";

const root = join(import.meta.dirname, "../..");
const size = 2 ** 31;
const runs = 4;

/** The worst of some runs, each a process of its own, over what the same command takes for an empty file. Needs 4 GiB of disk. */
export async function sealingMemory(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const { identity, recipient } = await generateKeyPair();
    await writeFile(join(folder, "key.txt"), identity);
    for (const name of ["small", "large"]) await writeFile(join(folder, name), "");
    // A hole: it reads as zeros, and takes no disk.
    await truncate(join(folder, "large"), size);
    const seal = await measure("seal", folder, { suffix: ["", ".age"], key: ["--to", recipient] });
    const open = await measure("open", folder, { suffix: [".age", ".opened"], key: ["--identity", "key.txt"] });
    return [seal, open];
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface HowToRun {
  /** Of the input and of the output. */
  readonly suffix: readonly [string, string];
  readonly key: readonly string[];
}

async function measure(verb: "seal" | "open", folder: string, { suffix, key }: HowToRun): Promise<BenchResult> {
  const peakOf = async (name: string): Promise<number> => {
    const args = [verb, name + suffix[0], ...key, "--out", name + suffix[1], "--force"];
    const env = { ...process.env, NODE_OPTIONS: `--import=${join(root, "bench/peak-memory.ts")}` };
    const { stderr } = await promisify(execFile)(join(root, "sealserve"), args, { cwd: folder, env });
    return Number(JSON.parse(stderr.trim().split("\n").at(-1) ?? "").peak);
  };
  // The first start also compiles.
  await peakOf("small");
  const idle = await peakOf("small");
  const peaks: number[] = [];
  for (let run = 0; run < runs; run++) peaks.push(await peakOf("large"));
  const peak = Math.max(...peaks);
  return {
    name: `${verb}-memory`,
    what: `sealserve ${verb} of a file of 2 GiB: peak of resident memory over idle, the worst of ${runs} runs`,
    value: peak - idle,
    unit: "MiB",
    asked: { kind: "at most", bound: 64 },
    figures: { "MiB idle": idle, "MiB peak": peak, "MiB least peak": Math.min(...peaks) },
  };
}
