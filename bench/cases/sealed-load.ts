// What it costs to load a large model sealed instead of plain, in time and at the peak of memory.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeOnnxModel, type OnnxInitializer } from "@sealserve/conformance/fixtures/onnx-graph";
import { generateKeyPair, parseRecipient, seal } from "@sealserve/sealing";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { startProcess } from "../started-process.ts";

const rounds = 7;
const layers = 12;
/** Of each layer's weights, FP32: 32 MiB a layer, 403 MB in all. */
const [narrow, wide] = [1024, 8192];

interface Load {
  readonly milliseconds: number;
  readonly idle: number;
  readonly peak: number;
}

/** Each load is in a process of its own, plain and sealed in turns; the model lies in the page cache for both. */
export async function sealedLoad(): Promise<readonly BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    const { plain, sealed, keyFile } = await writeStores(folder);
    const loads: { readonly plain: Load; readonly sealed: Load }[] = [];
    for (let i = 0; i < rounds; i++) loads.push({ plain: await load(plain), sealed: await load(sealed, keyFile) });
    return [
      compare(loads, "milliseconds", { name: "sealed-load-time", what: "time", unit: "ms", bound: 1.35 }),
      compare(loads, "peak", { name: "sealed-load-memory", what: "peak of memory", unit: "MB", bound: 1.2 }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function compare(
  loads: readonly { readonly plain: Load; readonly sealed: Load }[],
  figure: "milliseconds" | "peak",
  { name, what, unit, bound }: { name: string; what: string; unit: string; bound: number },
): BenchResult {
  const [plain, sealed] = [loads.map((each) => each.plain[figure]), loads.map((each) => each.sealed[figure])];
  const shares = ratios(sealed, plain);
  return {
    name,
    what: `load a sealed ONNX model of 400 MB: ${what}, as a multiple of the plain load's`,
    value: median(shares),
    unit: "",
    asked: { kind: "at most", bound },
    figures: { ...quartiles(shares), [`${unit} sealed`]: median(sealed), [`${unit} plain`]: median(plain) },
  };
}

async function load(store: string, ...keyFile: readonly string[]): Promise<Load> {
  await using ran = await startProcess("bench/model-load.ts", [store, ...keyFile]);
  if (ran.line["loaded"] !== true) throw new Error(`the model in ${store} was not loaded`);
  const [milliseconds, idle, peak] = ["milliseconds", "idle", "peak"].map((name) => Number(ran.line[name]));
  return { milliseconds: milliseconds ?? Number.NaN, idle: idle ?? Number.NaN, peak: peak ?? Number.NaN };
}

async function writeStores(folder: string): Promise<{ plain: string; sealed: string; keyFile: string }> {
  const paths = { plain: join(folder, "plain"), sealed: join(folder, "sealed"), keyFile: join(folder, "key.txt") };
  await mkdir(paths.plain);
  await mkdir(paths.sealed);
  await writeFile(join(paths.plain, "large.onnx"), largeModel());
  const { identity, recipient } = await generateKeyPair();
  await writeFile(paths.keyFile, `${identity}\n`);
  const content = Readable.toWeb(createReadStream(join(paths.plain, "large.onnx"))) as ReadableStream<Uint8Array>;
  const sealed = seal(content, [parseRecipient(recipient)]);
  await pipeline(sealed, createWriteStream(join(paths.sealed, "large.onnx.age")));
  return paths;
}

/** `y` = `x` through matrix after matrix. No two are alike, since onnxruntime keeps equal ones once. */
function largeModel(): Uint8Array {
  const random = Float32Array.from({ length: narrow * wide }, () => (Math.random() - 0.5) / 16);
  const initializers = Array.from({ length: layers }, (_, i): OnnxInitializer => {
    const shape = i % 2 === 0 ? [narrow, wide] : [wide, narrow];
    const raw = new Uint8Array(random.map((value) => value * (1 + i / layers)).buffer);
    return { name: `weights${i}`, datatype: "FP32", shape, data: { raw } };
  });
  return encodeOnnxModel({
    inputs: [{ name: "x0", datatype: "FP32", shape: ["batch", narrow] }],
    outputs: [{ name: `x${layers}`, datatype: "FP32", shape: ["batch", narrow] }],
    initializers,
    nodes: initializers.map(({ name }, i) => ({
      op: "MatMul",
      name: `layer${i}`,
      inputs: [`x${i}`, name],
      outputs: [`x${i + 1}`],
    })),
  });
}
