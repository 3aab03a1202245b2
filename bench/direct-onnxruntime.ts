// The yardstick for models: onnxruntime-node called in a loop, with nothing around it.
import ort from "onnxruntime-node";

const [file = "", threads = "2", width = "320", seconds = "5"] = process.argv.slice(2);
const session = await ort.InferenceSession.create(file, { intraOpNumThreads: Number(threads) });
const shape = [1, 3, 48, Number(width)];
const values = new Float32Array(3 * 48 * Number(width)).map((_, i) => ((i * 37) % 255) / 127.5 - 1);
const run = (): Promise<unknown> => session.run({ x: new ort.Tensor("float32", values, shape) });

for (let i = 0; i < 5; i++) await run();
let runs = 0;
const started = performance.now();
while (performance.now() - started < Number(seconds) * 1000) {
  await run();
  runs += 1;
}
const perSecond = runs / ((performance.now() - started) / 1000);
process.stdout.write(`${JSON.stringify({ perSecond })}\n`);
