// How long a large JSON tensor keeps other requests waiting.
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchResult } from "../result.ts";
import { startSealserve } from "../started-process.ts";
import { writeIdentity } from "./identity-rate.ts";

const requests = 12;
const elements = 50_000;

/** Sends JSON tensors of 1 MB one after another, and asks for liveness all the while. */
export async function jsonBlocking(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    await writeIdentity(store);
    await using served = await startSealserve(store);
    const body = jsonBody();
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    await exchange(agent, served.port, "POST", "/v2/models/wide/infer", body);
    let busy = true;
    const waits: number[] = [];
    const probing = (async () => {
      while (busy) waits.push(await exchange(agent, served.port, "GET", "/v2/health/live"));
    })();
    const answers: number[] = [];
    for (let i = 0; i < requests; i++)
      answers.push(await exchange(agent, served.port, "POST", "/v2/models/wide/infer", body));
    busy = false;
    await probing;
    agent.destroy();
    waits.sort((a, b) => a - b);
    return [
      {
        name: "json-blocking",
        what: `longest wait of another request beside JSON tensors of ${(body.length / 1e6).toFixed(2)} MB`,
        value: waits.at(-1) ?? Number.NaN,
        unit: "ms",
        asked: { kind: "at most", bound: 50 },
        figures: {
          "wait p99 ms": waits[Math.floor(waits.length * 0.99)] ?? Number.NaN,
          "JSON answer ms": answers.reduce((sum, ms) => sum + ms, 0) / answers.length,
        },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** About 20 characters an element, both ways. */
function jsonBody(): Buffer {
  const data = Array.from({ length: elements }, (_, i) => Math.fround(Math.sin(i)));
  return Buffer.from(JSON.stringify({ inputs: [{ name: "INPUT0", shape: [1, elements], datatype: "FP32", data }] }));
}

/** Milliseconds from the request to the end of its answer. */
function exchange(agent: Agent, port: number, method: string, path: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const request = httpRequest({ agent, host: "127.0.0.1", port, method, path }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(performance.now() - started)
          : reject(new Error(`${path} answers ${response.statusCode}`)),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}
