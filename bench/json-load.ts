// Sends one large JSON request so many times, for each line on stdin: a process of its own, so that its work keeps nobody else waiting.
import { Agent } from "node:http";
import { createInterface } from "node:readline";
import { exchange } from "./exchange.ts";

const [port = "", path = "", elements = "1"] = process.argv.slice(2);
const data = Array.from({ length: Number(elements) }, (_, i) => Math.fround(Math.sin(i)));
const inputs = [{ name: "INPUT0", shape: [1, data.length], datatype: "FP32", data }];
const body = Buffer.from(JSON.stringify({ inputs }));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

say({ bytes: body.length });
for await (const count of createInterface({ input: process.stdin })) {
  const answers: number[] = [];
  for (let i = 0; i < Number(count); i++)
    answers.push(await exchange({ agent, port: Number(port), method: "POST", path, body }));
  say({ answers });
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
