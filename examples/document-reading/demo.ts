// Reads a line of a patient's record through all three APIs and checks that they agree; `--serve` leaves the server running.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { largestDifference, probabilitiesOf } from "./answers.ts";
import { characterClasses, decodeGreedily } from "./handler/greedy-decoding.ts";
import { lineHeight, lineTensor } from "./handler/line-tensor.ts";
import { fillModelStore, keyFile } from "./model-store.ts";
import { type DemoInput, type DemoRequest, type DemoServer, imageRequest, tensorRequests } from "./requests.ts";

const root = join(import.meta.dirname, "../..");
const imagePath = relative(process.cwd(), join(import.meta.dirname, "images/patient-record.png"));
const expected = "Patient 4711 M. Keller, HbA1c 8.9 %, Metformin 850 mg";
const tolerance = 1e-5;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), "sealserve-demo-"));
try {
  const store = join(folder, "models");
  say("Packing PP-OCRv4 as a model archive with a TypeScript handler, and laying it out as a Triton model …");
  await fillModelStore(store);
  process.exitCode = process.argv.includes("--serve") ? await serveUntilStopped(store) : await demonstrate(store);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** On the protocols' home ports; the result is the server's exit code. */
async function serveUntilStopped(store: string): Promise<number> {
  say(`Try: curl http://127.0.0.1:8080/predictions/reader -T ${imagePath}   (ends with Ctrl-C)`);
  const child = start(store, "inherit", []);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? 1;
}

/** On free ports, so that nothing is in the way; the result is 0 if all answers agree. */
async function demonstrate(store: string): Promise<number> {
  const keys = [
    "torchserve.inference",
    "torchserve.management",
    "torchserve.metrics",
    "openInference.http",
    "openInference.metrics",
    "tensorflowServing.rest",
  ];
  const child = start(store, "pipe", [
    ...keys.flatMap((key) => ["--set", `protocols.${key}=0`]),
    "--log-level",
    "warn",
  ]);
  try {
    return await ask(await readyServer(child));
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

async function ask(server: DemoServer): Promise<number> {
  const input = await readInput();
  const { body } = await send(imageRequest(server, input));
  const read = JSON.parse(new TextDecoder().decode(body));
  say(`  ${JSON.stringify(read)}`);
  const verdicts = [tell(`the text is "${expected}"`, read.text === expected)];
  const classes = characterClasses(await readFile(keyFile, "utf8"));
  const answers: Float32Array[] = [];
  for (const request of await tensorRequests(server, input, folder)) {
    const { body: bytes, headers } = await send(request);
    const probabilities = probabilitiesOf(bytes, headers.get("inference-header-content-length"));
    const { text, confidence } = decodeGreedily(probabilities, classes);
    say(
      `  ${probabilities.length / classes.length} steps × ${classes.length} classes, read as "${text}" (${confidence.toFixed(3)})`,
    );
    verdicts.push(tell("the same text", text === expected));
    answers.push(probabilities);
  }
  const [first = new Float32Array(), ...others] = answers;
  const difference = Math.max(...others.map((other) => largestDifference(first, other)));
  verdicts.push(
    tell(
      `all three protocols give the same probabilities (largest difference ${difference.toExponential(1)}, allowed ${tolerance})`,
      difference <= tolerance,
    ),
  );
  return verdicts.every(Boolean) ? 0 : 1;
}

async function readInput(): Promise<DemoInput> {
  const image = new Uint8Array(await readFile(imagePath));
  const { width, values } = await lineTensor(image);
  return { imagePath, image, shape: [1, 3, lineHeight, width], values };
}

async function send({ title, curl, url, headers, body }: DemoRequest) {
  say(`\n${title}\n  $ ${curl}`);
  const started = performance.now();
  const response = await fetch(url, { method: "POST", headers, body });
  const bytes = new Uint8Array(await response.arrayBuffer());
  say(`  ${response.status}, ${bytes.length} bytes in ${(performance.now() - started).toFixed(0)} ms`);
  if (!response.ok) throw new Error(new TextDecoder().decode(bytes));
  return { body: bytes, headers: response.headers };
}

function tell(what: string, holds: boolean): boolean {
  say(`  ${holds ? "✓" : "✗"} ${what}`);
  return holds;
}

function start(store: string, stdout: "inherit" | "pipe", flags: readonly string[]): ChildProcess {
  const args = ["apps/cli/src/main.ts", "serve", "--model-store", store, ...flags];
  return spawn(process.execPath, args, { cwd: root, stdio: ["ignore", stdout, "inherit"] });
}

/** Waits for the line that says where the server listens. */
async function readyServer(child: ChildProcess): Promise<DemoServer> {
  if (!child.stdout) throw new Error("the server has no stdout");
  const exit = once(child, "exit").then(([code]) => {
    throw new Error(`the server ended with code ${code} before it was ready`);
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), exit]);
  exit.catch(() => "its end comes later");
  const { listeners } = JSON.parse(String(line));
  say(`Serving: ${Object.values(listeners).join(" ")}`);
  return {
    torchserve: listeners["torchserve.inference"],
    openInference: listeners["openInference.http"],
    tensorflowServing: listeners["tensorflowServing.rest"],
  };
}
