// What it costs to go through a frontend, and what several backends, or a slow one among them, make of it.

import { serviceOver } from "@sealserve/client";
import { type MeshPeer, openMeshExchange } from "@sealserve/client/node";
import { type TestMesh, testMesh } from "@sealserve/conformance/fixtures/mesh-processes";
import type { InferenceService } from "@sealserve/inference";
import type { BenchResult } from "../result.ts";
import { routeTo } from "../routed-service.ts";
import { median, quantile, quartiles, ratios } from "../spread.ts";
import { type StartedProcess, startProcess } from "../started-process.ts";

const slots = 4;
/** Milliseconds that a simulated model takes: what processors add is little beside it. */
const latency = 20;
const rounds = 5;
/** Milliseconds for which certificates hold. */
const lifetime = 3_600_000;
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: new Uint8Array(64) } as const;
const never = new AbortController().signal;

/** Each backend is a process of its own, asked over mutual TLS by the router that frontends have. */
export async function routing(): Promise<readonly BenchResult[]> {
  const mesh = await testMesh();
  await using processes = new AsyncDisposableStack();
  const started = await Promise.all([0, 1, 2, 3].map(() => startBackend(mesh)));
  for (const each of started) processes.use(each);
  const peer = await mesh.peer("frontend", { lifetime });
  return [
    await hop(started.slice(0, 1), peer),
    ...(await scaling(started, peer)),
    ...(await oneSlow(started, peer, 10)),
    ...(await oneSlow(started, peer, 100)),
  ];
}

/** The same connections with and without the router between. */
async function hop(backends: readonly StartedProcess[], peer: MeshPeer): Promise<BenchResult> {
  await setLatency(backends, [0]);
  await using routed = await routeTo(backends.map(urlOf), peer);
  await using exchange = openMeshExchange({ url: urlOf(backends[0]) }, { mesh: () => peer, epoch: Date.now });
  const direct = serviceOver(exchange);
  const [through, straight]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds + 1; round++) {
    const [a, b] = [await timed(routed.service, 1, 400), await timed(direct, 1, 400)];
    // The first round warms up.
    if (round > 0) [through[round - 1], straight[round - 1]] = [quantile(a.waits, 0.5), quantile(b.waits, 0.5)];
  }
  const added = through.map((ms, i) => ms - (straight[i] ?? 0));
  return {
    name: "routing-hop",
    what: "time that the router adds to a request over mutual TLS, p50",
    value: median(added),
    unit: "ms",
    asked: { kind: "at most", bound: 0.1 },
    figures: { ...quartiles(added), "routed ms": median(through), "direct ms": median(straight) },
  };
}

/** As many clients as the backends together can serve at once. */
async function scaling(backends: readonly StartedProcess[], peer: MeshPeer): Promise<readonly BenchResult[]> {
  await setLatency(backends, [latency, latency, latency, latency]);
  const rates = new Map<number, number[]>([1, 2, 4].map((count) => [count, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [count, seen] of rates) {
      await using routed = await routeTo(backends.slice(0, count).map(urlOf), peer);
      await timed(routed.service, count * slots, 50 * count);
      seen.push((await timed(routed.service, count * slots, 100 * count)).perSecond);
    }
  }
  const one = rates.get(1) ?? [];
  return [2, 4].map((count) => {
    const shares = ratios(rates.get(count) ?? [], one).map((ratio) => ratio / count);
    return {
      name: `routing-scaling-${count}`,
      what: `throughput over ${count} backends of ${latency} ms, against ${count} times that over one`,
      value: median(shares),
      unit: "of linear",
      asked: { kind: "at least", bound: 0.9 },
      figures: { ...quartiles(shares), "req/s": median(rates.get(count) ?? []), "req/s over one": median(one) },
    };
  });
}

/** It becomes slow when measuring begins: that it has to be noticed counts too. */
async function oneSlow(
  backends: readonly StartedProcess[],
  peer: MeshPeer,
  times: number,
): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const [load, clients, requests] of [
    ["one client", 1, 400],
    ["8 clients", 8, 1_200],
  ] as const) {
    const shares: number[] = [];
    const waits: { readonly p50: number; readonly p99: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      await using routed = await routeTo(backends.map(urlOf), peer);
      await setLatency(backends, [latency, latency, latency, latency]);
      await timed(routed.service, clients, 20 * clients);
      await setLatency(backends, [latency * times, latency, latency, latency]);
      const { waits: seen } = await timed(routed.service, clients, requests);
      const [p50, p99] = [quantile(seen, 0.5), quantile(seen, 0.99)];
      shares.push(p99 / p50);
      waits.push({ p50, p99 });
    }
    results.push({
      name: `routing-slow-${times}-${clients}`,
      what: `p99 against p50 with one backend of four ${times} times slower, ${load}`,
      value: median(shares),
      unit: "times",
      asked: { kind: "at most", bound: 2 },
      figures: {
        ...quartiles(shares),
        "p50 ms": median(waits.map(({ p50 }) => p50)),
        "p99 ms": median(waits.map(({ p99 }) => p99)),
      },
    });
  }
  return results;
}

async function startBackend(mesh: TestMesh): Promise<StartedProcess> {
  const { certificate, privateKey, clientRoots } = await mesh.credentials("backend", { lifetime });
  const given = { certificate, privateKey: Buffer.from(privateKey.reveal()).toString(), roots: clientRoots, slots };
  return startProcess("bench/routing-backend.ts", [JSON.stringify(given)]);
}

function urlOf(backend: StartedProcess | undefined): string {
  return String(backend?.line["url"]);
}

async function setLatency(backends: readonly StartedProcess[], latencies: readonly number[]): Promise<void> {
  await Promise.all(backends.map((backend, i) => backend.ask(String(latencies[i]))));
}

/** Clients that each send the next request when they have their answer; milliseconds of each, and the rate of all. */
async function timed(
  service: InferenceService,
  clients: number,
  requests: number,
): Promise<{ readonly waits: readonly number[]; readonly perSecond: number }> {
  const waits: number[] = [];
  let left = requests;
  const started = performance.now();
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const from = performance.now();
      await service.infer({ model: { name: "identity" }, inputs: [input] }, never);
      waits.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { waits, perSecond: (requests * 1000) / (performance.now() - started) };
}
