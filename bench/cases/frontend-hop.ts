// What a frontend's process costs in front of a backend's: the same requests to the backend directly, over the same mutual TLS, and to `serve`.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meshFiles } from "@sealserve/conformance/fixtures/mesh-files";
import { freePorts } from "@sealserve/conformance/fixtures/spawned-command";
import { type Load, type LoadResult, runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { type StartedProcess, startCommand, startSealserve } from "../started-process.ts";
import { identityRequest, writeIdentity } from "./identity-rate.ts";

const rounds = 11;
const warmUp = { seconds: 3 };

/** `identity` FP32[1,16] through v2 binary HTTP: time added at one request at a time, and the share of `serve`'s rate at 16. */
export async function frontendHop(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const store = join(folder, "store");
  await mkdir(store);
  await writeIdentity(store);
  const mesh = await meshFiles(folder);
  const backend = stack.use(
    await startMember(folder, "backend", { mesh: await mesh("backend"), modelStore: store }, [
      "--set",
      "listen.port=0",
    ]),
  );
  const own = await mesh("frontend");
  const addresses = [urlOf(backend, "backend").origin];
  const frontend = stack.use(await startMember(folder, "frontend", { mesh: own, backends: { addresses } }, freePorts));
  const served = stack.use(await startSealserve(store));
  const [cert, key] = await Promise.all([readFile(own.certificate, "utf8"), readFile(own.key, "utf8")]);
  const to = (port: number, tls?: Load["tls"]) => (connections: number, until: Load["until"]) =>
    runLoad({ host: "127.0.0.1", port, request: identityRequest(), connections, until, ...(tls ? { tls } : {}) });
  const through = to(portOf(frontend, "openInference.http"));
  const direct = to(portOf(backend, "backend"), { cert, key });
  const together = to(served.port);
  for (const ask of [through, direct, together]) await ask(16, warmUp);
  return [await added(through, direct), await share(through, together)];
}

type Ask = (connections: number, until: Load["until"]) => Promise<LoadResult>;

async function added(through: Ask, direct: Ask): Promise<BenchResult> {
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    a.push((await through(1, { answers: 1_000 })).latency.p50);
    b.push((await direct(1, { answers: 1_000 })).latency.p50);
  }
  const differences = a.map((ms, i) => ms - (b[i] ?? 0));
  return {
    name: "frontend-hop",
    what: "time that a frontend's process adds to a request over mutual TLS, p50",
    value: median(differences),
    unit: "ms",
    asked: { kind: "at most", bound: 0.3 },
    figures: { ...quartiles(differences), "through it ms": median(a), "direct ms": median(b) },
  };
}

async function share(through: Ask, together: Ask): Promise<BenchResult> {
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    a.push((await through(16, { seconds: 1 })).perSecond);
    b.push((await together(16, { seconds: 1 })).perSecond);
  }
  const shares = ratios(a, b);
  return {
    name: "frontend-rate",
    what: "`identity` through a frontend's and a backend's process, against `serve`",
    value: median(shares),
    unit: "of its requests/s",
    asked: { kind: "at least", bound: 0.25 },
    figures: { ...quartiles(shares), "apart req/s": median(a), "serve req/s": median(b) },
  };
}

async function startMember(
  folder: string,
  role: string,
  config: object,
  ports: readonly string[],
): Promise<StartedProcess> {
  const file = join(folder, `${role}.json`);
  await writeFile(file, JSON.stringify({ ...config, drainDelay: 0 }));
  return startCommand([role, "--config", file, "--set", "operations.port=0", ...ports]);
}

function urlOf({ line }: StartedProcess, listener: string): URL {
  return new URL(Object(line["listeners"])[listener]);
}

function portOf(process: StartedProcess, listener: string): number {
  return Number(urlOf(process, listener).port);
}
