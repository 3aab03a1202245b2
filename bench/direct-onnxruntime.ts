// The yardstick for models: onnxruntime-node called in a loop, with nothing around it; each line on stdin asks for so many seconds.
import { createInterface } from "node:readline";
import ort from "onnxruntime-node";

// As the server does it: no telemetry beside what is measured.
process.env["ORT_DISABLE_TELEMETRY"] = "1";

const [file = "", threads = "2", width = "320"] = process.argv.slice(2);
const session = await ort.InferenceSession.create(file, { intraOpNumThreads: Number(threads) });
const shape = [1, 3, 48, Number(width)];
const values = new Float32Array(3 * 48 * Number(width)).map((_, i) => ((i * 37) % 255) / 127.5 - 1);
const run = (): Promise<unknown> => session.run({ x: new ort.Tensor("float32", values, shape) });

for (let i = 0; i < 5; i++) await run();
say({ ready: true });
for await (const seconds of createInterface({ input: process.stdin })) say({ perSecond: await rate(Number(seconds)) });

async function rate(seconds: number): Promise<number> {
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < seconds * 1000) {
    await run();
    runs += 1;
  }
  return runs / ((performance.now() - started) / 1000);
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
