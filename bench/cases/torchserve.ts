// What TorchServe itself makes of the same model archives: Python handlers under both servers, and the ONNX form of a model beside them.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RealToolchain, realToolchain } from "../../conformance/fixtures/torchserve-toolchain.ts";
import { type LoadResult, post, runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { nodeModel, workerCounts, writeArchives } from "../torchserve/archives.ts";
import { answering, type Server, startOurs, startTorchserve } from "../torchserve/servers.ts";

const connections = 16;
const picture = new Uint8Array(Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i)).buffer);

/** Requests per second and the 99th percentile of both, from 16 connections in turns; skipped by name without Java or torch. */
export async function torchserve(): Promise<readonly BenchResult[]> {
  const tools = await realToolchain();
  if ("missing" in tools) {
    process.stderr.write(`skipped: comparing with the real TorchServe: ${tools.missing}\n`);
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    return await compare(folder, tools);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string, tools: RealToolchain): Promise<readonly BenchResult[]> {
  const { store, nodeStore } = await writeArchives(folder, tools);
  const real = join(folder, "real");
  await mkdir(real);
  await using theirs = await startTorchserve(real, store, tools);
  await using ours = await startOurs(store, tools);
  await using node = await startOurs(nodeStore, tools);
  const results: BenchResult[] = [];
  for (const workers of workerCounts) {
    const noOp = { model: `no-op-${workers}`, body: new Uint8Array([120]), seconds: 1, rounds: 9 };
    results.push(...noOpResults(workers, await measured([ours, theirs], noOp)));
    const convolution = { model: `convolution-${workers}`, body: picture, seconds: 2, rounds: 5 };
    results.push(convolutionResult(workers, await measured([ours, theirs], convolution)));
    const inNode = { ...convolution, model: `${nodeModel}-${workers}` };
    results.push(nodeResult(workers, await measured([node, theirs], inNode, convolution)));
  }
  return results;
}

interface Question {
  readonly model: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly seconds: number;
  readonly rounds: number;
}

interface Measured {
  readonly rates: readonly number[];
  readonly p99s: readonly number[];
}

type Pair = readonly [ours: Measured, theirs: Measured];

/** Both in turns, after each has run warm; they must answer the same. */
async function measured(servers: readonly [Server, Server], ours: Question, theirs = ours): Promise<Pair> {
  const [first, second] = servers;
  const asked = [
    { server: first, question: ours },
    { server: second, question: theirs },
  ] as const;
  const answers = new Set<string>();
  for (const { server, question } of asked) {
    answers.add(await answering(server, question.model, question.body));
    await ask(server, { ...question, seconds: 3 });
  }
  if (answers.size > 1) throw new Error(`${ours.model}: the answers differ: ${[...answers].join(", ")}`);
  const rounds: LoadResult[][] = [];
  for (let round = 0; round < ours.rounds; round++) {
    const results: LoadResult[] = [];
    for (const { server, question } of asked) results.push(await ask(server, question));
    rounds.push(results);
  }
  const side = (place: number): Measured => {
    const own = rounds.flatMap((results) => results[place] ?? []);
    return { rates: own.map(({ perSecond }) => perSecond), p99s: own.map(({ latency }) => latency.p99) };
  };
  return [side(0), side(1)];
}

function ask({ port }: Server, { model, body, seconds }: Question): Promise<LoadResult> {
  const request = post(`/predictions/${model}`, { "content-type": "application/octet-stream" }, body);
  return runLoad({ host: "127.0.0.1", port, request, connections, until: { seconds } });
}

function noOpResults(workers: number, [ours, theirs]: Pair): readonly BenchResult[] {
  const what = `Python handler that does nothing, ${named(workers)}, against TorchServe`;
  const slower = ratios(ours.p99s, theirs.p99s);
  return [
    { ...rateResult(`torchserve-no-op-${workers}`, what, [ours, theirs]), asked: { kind: "at least", bound: 3 } },
    {
      name: `torchserve-no-op-p99-${workers}`,
      what: `the same: 99th percentile`,
      value: median(slower),
      unit: "of its time",
      asked: { kind: "at most", bound: 0.5 },
      figures: { ...quartiles(slower), "Sealserve ms": median(ours.p99s), "TorchServe ms": median(theirs.p99s) },
    },
  ];
}

function convolutionResult(workers: number, pair: Pair): BenchResult {
  const what = `TorchScript model of about 10 ms under a Python handler, ${named(workers)}, against TorchServe`;
  return rateResult(`torchserve-convolution-${workers}`, what, pair);
}

function nodeResult(workers: number, pair: Pair): BenchResult {
  const what = `the ONNX form of that model under a Node handler, ${named(workers)}, against TorchServe with TorchScript`;
  return rateResult(`torchserve-convolution-node-${workers}`, what, pair);
}

function rateResult(name: string, what: string, [ours, theirs]: Pair): BenchResult {
  const times = ratios(ours.rates, theirs.rates);
  return {
    ...{ name, what, value: median(times), unit: "times its requests/s", asked: { kind: "at least", bound: 1 } },
    figures: { ...quartiles(times), "Sealserve req/s": median(ours.rates), "TorchServe req/s": median(theirs.rates) },
  };
}

function named(workers: number): string {
  return workers === 1 ? "1 worker" : `${workers} workers`;
}
