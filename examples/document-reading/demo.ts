// Reads a line of a patient's record through all three APIs, then from a sealed model over a verified connection; `--serve` leaves the server running.
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { freePorts } from "@sealserve/conformance/fixtures/spawned-command";
import { largestDifference, probabilitiesOf } from "./answers.ts";
import { characterClasses, decodeGreedily } from "./handler/greedy-decoding.ts";
import { lineHeight, lineTensor } from "./handler/line-tensor.ts";
import { fillModelStore, keyFile } from "./model-store.ts";
import { type DemoInput, type DemoRequest, type DemoServer, imageRequest, tensorRequests } from "./requests.ts";
import { say, tell } from "./say.ts";
import { spawnCommand, startCommand } from "./sealserve-command.ts";
import { tellTrustStory } from "./trust-story.ts";

const imagePath = relative(process.cwd(), join(import.meta.dirname, "images/patient-record.png"));
const expected = "Patient 4711 M. Keller, HbA1c 8.9 %, Metformin 850 mg";
const tolerance = 1e-5;

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
  const child = spawnCommand(["serve", "--model-store", store], "inherit", "inherit");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? 1;
}

/** The three protocols first, then the story of trust; the result is 0 if everything held. */
async function demonstrate(store: string): Promise<number> {
  const agree = await askAll(store);
  const image = new Uint8Array(await readFile(imagePath));
  const trusted = await tellTrustStory({ folder, archive: join(store, "reader.mar"), image, expected });
  return agree && trusted ? 0 : 1;
}

async function askAll(store: string): Promise<boolean> {
  await using server = await startCommand(["serve", "--model-store", store, ...freePorts]);
  say(`Serving: ${Object.values(server.ready.listeners).join(" ")}`);
  return await ask({
    torchserve: server.url("torchserve.inference"),
    openInference: server.url("openInference.http"),
    tensorflowServing: server.url("tensorflowServing.rest"),
  });
}

async function ask(server: DemoServer): Promise<boolean> {
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
  return verdicts.every(Boolean);
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
