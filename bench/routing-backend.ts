// A backend of a mesh in a process of its own: echoes after a simulated latency, some requests at a time; each line on stdin sets the latency.
import { createInterface } from "node:readline";
import { MeshBackend } from "@sealserve/conformance/fixtures/mesh-backend";
import { Secret } from "@sealserve/server";

const { certificate, privateKey, roots, slots } = JSON.parse(process.argv[2] ?? "{}");
const tls = { certificate, privateKey: new Secret(Buffer.from(privateKey)), clientRoots: roots };
let latency = 0;
let free = Number(slots);
const waiting: (() => void)[] = [];
await using backend = await MeshBackend.start({ tls, models: ["identity"] });
backend.work = async () => {
  if (latency === 0) return;
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free--;
  await new Promise((resolve) => setTimeout(resolve, latency));
  const next = waiting.shift();
  if (next) next();
  else free++;
};
process.stdout.write(`${JSON.stringify({ url: backend.url })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  latency = Number(line);
  process.stdout.write(`${JSON.stringify({ asked: backend.asked })}\n`);
  backend.asked = 0;
}
