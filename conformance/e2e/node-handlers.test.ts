// Handlers in TypeScript under TorchServe's whole contract, over HTTP: streams, explanations, descriptions, statuses, steps and sequences.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { archiveBytes } from "./archives.ts";
import { get, json, post } from "./exchange.ts";
import { servedStore } from "./served-store.ts";
import { until } from "./until.ts";

/** A word each 200 ms; without end where the text is `endless`. */
const speaking = `
import { setTimeout as pause } from "node:timers/promises";
let ended = 0;
export async function* handle(rows, context) {
  const text = rows[0].body.text();
  if (text === "ended") return [String(ended)];
  context.setResponseContentType(0, "text/plain");
  try {
    if (text === "breaks") { yield ["a"]; throw new Error("in the middle"); }
    for (let i = 0; i < 4 || text === "endless"; i++) {
      yield ["word" + i + " "];
      await pause(200);
    }
    return ["end"];
  } finally {
    ended++;
  }
}
`;

const contract = `
import { BaseHandler, PredictionError } from "@sealserve/engines/handler";
export class Contract extends BaseHandler<string[], string[]> {
  preprocess(rows) { return rows.map((row) => row.body.text()); }
  async inference(texts, context) {
    const status = /^refuse (\\d+)/.exec(texts[0]);
    if (status) throw new PredictionError("refused", Number(status[1]));
    if (texts[0] === "memory") new Uint8Array(2 ** 52);
    if (texts[0] === "tea") context.setResponseStatus(0, 418, "Short and stout");
    context.metrics.addCounter("Texts", texts.length);
    return texts;
  }
  postprocess(texts) { return texts; }
  explain(rows) { return rows.map((row) => ({ why: row.body.text() })); }
  describe(context) { return { labels: ["a", "b"], of: context.modelName }; }
}
`;

/** Counts down from what the client says, a number a step. */
const counting = `
const left = new Map();
export function handle(rows, context) {
  return rows.map((row, i) => {
    const id = context.requestId(i);
    const now = row.body ? Number(row.body.text()) : left.get(id) - 1;
    left.set(id, now);
    if (now > 0) context.goesOn(i); else left.delete(id);
    return now + " ";
  });
}
`;

const summing = `
const sums = new Map();
export function handle(rows, context) {
  return rows.map((row, i) => {
    const id = context.sequenceId(i);
    sums.set(id, (sums.get(id) ?? 0) + Number(row.body.text()));
    return String(sums.get(id));
  });
}
`;

const sequences = "sequenceBatching: true\nsequenceMaxIdleMSec: 60000\nmaxNumSequence: 4\nmaxSequenceJobQueueSize: 4\n";

const served = servedStore({
  args: ["--log-level", "debug"],
  write: async (store) => {
    await store.write("speaking.mar", archiveBytes({ name: "speaking", handler: speaking }));
    await store.write("contract.mar", archiveBytes({ name: "contract", handler: contract }));
    const steps = "continuousBatching: true\nbatchSize: 4\n";
    await store.write("counting.mar", archiveBytes({ name: "counting", handler: counting, config: steps }));
    const two = `${sequences}minWorkers: 2\nmaxWorkers: 2\nbatchSize: 2\n`;
    await store.write("summing.mar", archiveBytes({ name: "summing", handler: summing, config: two }));
  },
});

const url = (path: string): string => served.server.url("torchserve", path);

/** What `curl` prints, with the milliseconds after which it came, and how it ended. */
async function curl(...args: readonly string[]) {
  const child = spawn("curl", ["--silent", "--show-error", "--no-buffer", "-H", "content-type: text/plain", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const begun = performance.now();
  const parts: { readonly text: string; readonly at: number }[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => parts.push({ text, at: performance.now() - begun }));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { parts, text: parts.map(({ text }) => text).join(""), code };
}

test("the parts of a stream arrive as they are made", async () => {
  const { parts, text } = await curl("-i", "-d", "speak", url("/predictions/speaking"));
  assert.match(text, /^HTTP\/1\.1 200 .*\r\n/);
  assert.match(text, /\r\ntransfer-encoding: chunked\r\n/i);
  assert.match(text, /\r\nts_stream_next: true\r\n/i);
  assert.match(text, /\r\n\r\nword0 word1 word2 word3 end$/);
  const at = (word: string): number => parts.find((part) => part.text.includes(word))?.at ?? Number.NaN;
  assert.ok(at("word3") - at("word0") > 400, JSON.stringify(parts));
  assert.ok(at("end") - at("word1") > 400, JSON.stringify(parts));
});

test("a stream that breaks is cut, and one whose reader leaves is stopped", async () => {
  assert.equal((await curl("-d", "breaks", url("/predictions/speaking"))).code, 18);
  const left = new AbortController();
  const endless = await fetch(url("/predictions/speaking"), { method: "POST", body: "endless", signal: left.signal });
  const reader = endless.body?.getReader();
  await reader?.read();
  left.abort();
  await until(
    async () => (await post(url("/predictions/speaking"), "ended")).text === "3",
    () => "the handler did not stop",
  );
});

test("whoever wants one answer gets all parts as one", async () => {
  const inputs = [{ name: "body", datatype: "BYTES", shape: [1], data: ["speak"] }];
  const answer = await post(served.server.url("openInference", "/v2/models/speaking/infer"), { inputs });
  const [output] = (json(answer) as { outputs: { data: string[] }[] }).outputs;
  assert.deepEqual(output?.data, ["word0 word1 word2 word3 end"]);
});

test("explanations and descriptions are asked of their methods", async () => {
  assert.deepEqual(json(await post(url("/explanations/contract"), "x")), { why: "x" });
  assert.equal((await post(url("/predictions/contract"), "x")).text, "x");
  const described = json(await get(served.server.url("management", "/models/contract?customized=true")));
  const [{ customizedMetadata } = {}] = described as { customizedMetadata?: unknown }[];
  assert.deepEqual(customizedMetadata, { labels: ["a", "b"], of: "contract" });
});

test("statuses, phrases and refusals are those of the handler", async () => {
  assert.match(
    (await curl("-i", "-d", "tea", url("/predictions/contract"))).text,
    /^HTTP\/1\.1 418 Short and stout\r\n/,
  );
  for (const [text, status, message] of [
    ["refuse 299", 299, "refused"],
    ["refuse 422", 422, "refused"],
    ["refuse 413", 507, "refused"],
    ["memory", 507, "Out of resources"],
  ] as const) {
    const answer = await post(url("/predictions/contract"), text);
    assert.equal(answer.status, status, text);
    assert.deepEqual(json(answer), { code: status, type: "InternalServerException", message });
  }
  const { text } = await curl("-i", "-d", "refuse 999", url("/predictions/contract"));
  assert.match(text, /^HTTP\/1\.1 999 /);
});

test("metrics of a handler reach the server", async () => {
  await post(url("/predictions/contract"), "counted");
  await until(async () => /"name":"Texts".*"unit":"Count"/.test(served.server.log()));
  assert.match(served.server.log(), /"name":"HandlerTime"/);
});

test("a model with continuous batching goes on step by step, beside others", async () => {
  const answers = await Promise.all(["3", "5", "0"].map((body) => post(url("/predictions/counting"), body)));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["3 2 1 0 ", "5 4 3 2 1 0 ", "0 "],
  );
});

test("a model with sequence batching keeps the state of each", async () => {
  const add = (sequence: string, body: string) =>
    post(url("/predictions/summing"), body, { ts_request_sequence_id: sequence });
  const first = await post(url("/predictions/summing"), "1");
  const begun = first.headers.get("ts_request_sequence_id") ?? "";
  assert.match(begun, /^ts-seq-/);
  const texts: string[] = [];
  for (const [sequence, body] of [
    ["a", "1"],
    ["b", "10"],
    [begun, "5"],
    ["a", "2"],
    ["b", "20"],
  ] as const) {
    texts.push((await add(sequence, body)).text);
  }
  assert.deepEqual(texts, ["1", "10", "6", "3", "30"]);
});
