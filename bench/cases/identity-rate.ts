// How many small requests a second go through all rooms, against a node:http server that does nothing.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { post, runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { startProcess, startSealserve } from "../started-process.ts";

const rounds = 21;
const seconds = 1;
const warmUp = { seconds: 3 };

/** `identity` FP32[1,16] through v2 binary HTTP, requests per second. */
export async function identityRate(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    await writeIdentity(store);
    await using served = await startSealserve(store);
    const request = identityRequest();
    const answer = await answerLength(served.port);
    await using bare = await startProcess("bench/bare-server.ts", [String(answer)]);
    const target = { host: "127.0.0.1", request, connections: 16, until: { seconds } };
    const ours: number[] = [];
    const theirs: number[] = [];
    const barePort = Number(bare.line["port"]);
    for (const port of [served.port, barePort]) await runLoad({ ...target, port, until: warmUp });
    for (let round = 0; round < rounds; round++) {
      ours.push((await runLoad({ ...target, port: served.port })).perSecond);
      theirs.push((await runLoad({ ...target, port: barePort })).perSecond);
    }
    const shares = ratios(ours, theirs);
    return [
      {
        name: "identity-rate",
        what: "`identity` FP32[1,16], v2 binary, against a bare node:http server",
        value: median(shares),
        unit: "of its requests/s",
        asked: { kind: "at least", bound: 0.4 },
        figures: { ...quartiles(shares), "Sealserve req/s": median(ours), "bare req/s": median(theirs) },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** Triton directories for the reference model `identity`: 16 wide, and of any width under the name `wide`. */
export async function writeIdentity(store: string): Promise<void> {
  for (const [name, width] of [
    ["identity", 16],
    ["wide", -1],
  ] as const) {
    await mkdir(join(store, name, "1"), { recursive: true });
    await writeFile(
      join(store, name, "config.pbtxt"),
      [
        'backend: "identity"',
        "max_batch_size: 8",
        `input [{ name: "INPUT0", data_type: TYPE_FP32, dims: [${width}] }]`,
        `output [{ name: "OUTPUT0", data_type: TYPE_FP32, dims: [${width}] }]`,
      ].join("\n"),
    );
  }
}

export function identityRequest(): Uint8Array {
  const { header, body } = identityBody();
  return post("/v2/models/identity/infer", { "inference-header-content-length": String(header) }, body);
}

function identityBody(): { readonly header: number; readonly body: Uint8Array } {
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ name: "INPUT0", shape: [1, 16], datatype: "FP32", parameters: { binary_data_size: 64 } }],
      outputs: [{ name: "OUTPUT0", parameters: { binary_data: true } }],
    }),
  );
  const values = new Float32Array(16).map((_, i) => i / 7);
  return { header: header.length, body: Buffer.concat([header, Buffer.from(values.buffer)]) };
}

async function answerLength(port: number): Promise<number> {
  const { header, body } = identityBody();
  const response = await fetch(`http://127.0.0.1:${port}/v2/models/identity/infer`, {
    method: "POST",
    headers: { "inference-header-content-length": String(header) },
    body: new Uint8Array(body),
  });
  const bytes = await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`identity answers ${response.status}: ${Buffer.from(bytes)}`);
  return bytes.byteLength;
}
