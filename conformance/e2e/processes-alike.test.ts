// What clients are told through a frontend and a backend is what `serve` tells them, byte for byte: refusals, failures, descriptions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addModel, identityModel } from "../fixtures/onnx-model.ts";
import { archiveBytes } from "./archives.ts";
import { servedBothWays } from "./both-ways.ts";
import { closedGate, gatedHandler } from "./gated-handler.ts";
import { predictionUrl, protocolNames } from "./predictions.ts";
import type { listenerNames, RunningServer } from "./running-server.ts";

/** Does what the request's text says. */
const handler = `
import { PredictionError } from "@sealserve/engines/handler";
const deeds = {
  throw: () => { throw new Error("the secret of the handler"); },
  refuse: () => { throw new PredictionError("too dark to see", 422); },
  teapot: () => { throw new PredictionError("short and stout", 418); },
  long: () => { throw new PredictionError("x".repeat(20000), 400); },
  none: () => [],
  nothing: () => undefined,
  loop: () => { for (;;); },
};
export function handle(rows) {
  const text = (rows[0]?.body ?? rows[0]?.data)?.text() ?? "";
  return deeds[text] ? deeds[text]() : rows.map(() => "well");
}
`;

const served = servedBothWays({
  args: [
    ...["--set", "models.loops.responseTimeout=300ms", "--set", "models.tight.maxQueueSize=1"],
    ...["--set", "models.two.versions=all", "--set", "models.limited.maxBatchSize=2"],
    ...["--set", "models.flat.maxBatchSize=0"],
  ],
  frontendArgs: ["--set", "maxBodySize=2MiB"],
  write: async (store) => {
    for (const name of ["line", "limited", "flat"]) await store.write(`models/${name}.onnx`, identityModel());
    await store.write("models/pair.onnx", addModel());
    await store.write("models/wide.onnx", identityModel("FP32", ["rows", "columns"]));
    for (const version of [1, 2]) await store.write(`models/two/${version}/model.onnx`, identityModel());
    await store.write("models/broken/1/model.onnx", "not a model");
    for (const name of ["tried", "loops"]) await store.write(`models/${name}.mar`, archiveBytes({ name, handler }));
    for (const name of ["tight", "late"])
      await store.write(`models/${name}.mar`, archiveBytes({ name, handler: gatedHandler }));
  },
});

type Asked = Pick<RunningServer, "url">;

/** What differs by the hour and by the connection is left out. */
async function told(url: string, init: RequestInit): Promise<object> {
  const response = await fetch(url, init);
  const ours = ["date", "x-request-id", "connection", "keep-alive"];
  const headers = [...response.headers].filter(([name]) => !ours.includes(name)).sort();
  // Engines that share a process with their server have its number.
  const text = (await response.text())
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/"pid": \d+/g, '"pid": 0');
  return { status: response.status, headers, text };
}

/** The same request both ways; `status` makes sure that it is about what it says. */
async function alike(status: number, urlOf: (server: Asked) => string, init: RequestInit = {}): Promise<void> {
  const { together, apart } = served();
  const [expected, found] = [await told(urlOf(together), init), await told(urlOf(apart), init)];
  assert.deepEqual(found, expected);
  assert.equal((expected as { status: number }).status, status, JSON.stringify(expected).slice(0, 500));
}

const posted = (
  body: object | string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: "POST",
  body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});

const tensor = (name: string, shape: readonly unknown[] = [1, 4], datatype = "FP32", data: unknown = [1, 2, 3, 4]) => ({
  ...{ name, shape, datatype },
  ...(data === null ? {} : { data }),
});
const row = [[1, 2, 3, 4]];

type Row = readonly [what: string, status: number, model: string, body: Parameters<typeof posted>[0], type?: string];

const openInference: readonly Row[] = [
  ["an answer", 200, "line", { inputs: [tensor("input")] }],
  ["an answer with its name", 200, "line", { id: "7", inputs: [tensor("input")], outputs: [{ name: "output" }] }],
  ["no such model", 404, "none", { inputs: [tensor("input")] }],
  ["no such version", 404, "line/7", { inputs: [tensor("input")] }],
  ["a model that did not load", 404, "broken", { inputs: [tensor("input")] }],
  ["a version that did not load", 503, "broken/1", { inputs: [tensor("input")] }],
  ["no JSON", 400, "line", "hello"],
  ["no inputs", 400, "line", {}],
  ["an empty list of inputs", 400, "line", { inputs: [] }],
  ["a missing input", 400, "pair", { inputs: [tensor("a")] }],
  ["an input too many", 400, "line", { inputs: [tensor("input"), tensor("other")] }],
  ["an input twice", 400, "line", { inputs: [tensor("input"), tensor("input")] }],
  ["a wrong input", 400, "line", { inputs: [tensor("\u00e9\u{1f600}\"'")] }],
  ["another shape", 400, "line", { inputs: [tensor("input", [2, 2])] }],
  ["another rank", 400, "line", { inputs: [tensor("input", [1, 1, 4])] }],
  ["a shape that overflows", 400, "line", { inputs: [tensor("input", [2 ** 32, 2 ** 32])] }],
  ["another datatype", 400, "line", { inputs: [tensor("input", [1, 4], "INT32")] }],
  ["an unknown datatype", 400, "line", { inputs: [tensor("input", [1, 4], "FP31")] }],
  ["too few values", 400, "line", { inputs: [tensor("input", [1, 4], "FP32", [1])] }],
  ["an unknown output", 400, "line", { inputs: [tensor("input")], outputs: [{ name: "nope" }] }],
  ["a batch that is too large", 400, "limited", { inputs: [tensor("input", [3, 4], "FP32", Array(12).fill(1))] }],
  ["a bad parameter", 400, "line", { inputs: [tensor("input")], parameters: { timeout: "soon" } }],
  ["a priority that means nothing", 200, "line", { inputs: [tensor("input")], parameters: { priority: -1 } }],
  ["too long a body", 413, "line", "x".repeat(3 * 1024 * 1024)],
  ["raw bytes for two inputs", 400, "pair", new Uint8Array(16), "application/octet-stream"],
  ["raw bytes for a row", 200, "line", new Uint8Array(16), "application/octet-stream"],
  ["raw bytes where there are no batches", 200, "flat", new Uint8Array(16), "application/octet-stream"],
  ["raw bytes for a handler", 200, "tried", new Uint8Array(8), "application/octet-stream"],
  ["a handler's refusal", 422, "tried", { inputs: [tensor("data", [1], "BYTES", ["refuse"])] }],
  ["a handler that throws", 503, "tried", { inputs: [tensor("data", [1], "BYTES", ["throw"])] }],
  ["no bytes for a handler", 400, "tried", { inputs: [tensor("data", [1], "FP32", [1])] }],
];
const torchserve: readonly Row[] = [
  ["an answer", 200, "line", row],
  ["no such model", 404, "none", row],
  ["no such version", 404, "line/7", row],
  ["a model that did not load", 503, "broken", row],
  ["a short row", 400, "line", [[1, 2]]],
  ["rows of different lengths", 400, "line", [[1, 2, 3, 4], [1]]],
  ["a missing input", 400, "pair", { a: row }],
  ["a wrong input", 400, "line", { inptu: row }],
  ["a media type that no tensor has", 400, "line", "x", "image/png"],
  ["a body that fills no row", 400, "line", new Uint8Array(15), "application/octet-stream"],
  ["too long a body", 413, "line", "x".repeat(3 * 1024 * 1024)],
  ...["refuse", "teapot", "long", "throw", "none", "nothing", "well"].map(
    (deed): Row => [
      `a handler that does ${deed}`,
      { refuse: 422, teapot: 418, long: 400, well: 200 }[deed] ?? 503,
      ...(["tried", deed, "text/plain"] as const),
    ],
  ),
  ["a handler that never answers", 500, "loops", "loop", "text/plain"],
];
const tensorflowServing: readonly Row[] = [
  ["an answer", 200, "line", { instances: row }],
  ["no such model", 404, "none", { instances: row }],
  ["no such version", 404, "line/7", { instances: row }],
  ["a model that did not load", 404, "broken", { instances: row }],
  ["a version that did not load", 404, "broken/1", { instances: row }],
  ["a short row", 400, "line", { instances: [[1, 2]] }],
  ["no rows", 400, "line", { instances: [] }],
  ["both forms", 400, "line", { instances: row, inputs: row }],
  ["a missing input", 400, "pair", { inputs: { a: row } }],
  ["a row without an input", 400, "pair", { instances: [{ a: row[0] }] }],
  ["columns of different lengths", 400, "pair", { inputs: { a: row, b: [...row, ...row] } }],
  ["a batch that is too large", 400, "limited", { instances: [...row, ...row, ...row] }],
  ["an unknown signature", 400, "line", { instances: row, signature_name: "train" }],
  ["a handler's refusal", 422, "tried", { instances: ["refuse"] }],
  ["a handler that throws", 503, "tried", { instances: ["throw"] }],
];

/** Open Inference tells a body of nothing but bytes by the length of its JSON. */
function headersOf(protocol: string, type: string | undefined): Record<string, string> {
  if (type === undefined) return {};
  return { "content-type": type, ...(protocol === "openInference" ? { "inference-header-content-length": "0" } : {}) };
}

for (const [protocol, rows] of Object.entries({ openInference, torchserve, tensorflowServing })) {
  for (const [what, status, model, body, type] of rows) {
    test(`${protocol}: ${what}`, () =>
      alike(
        status,
        (server) => predictionUrl(server, protocol as (typeof protocolNames)[number], model),
        posted(body, headersOf(protocol, type)),
      ));
  }
}

test("a full queue, over each protocol", async () => {
  const { together, apart, store } = served();
  const gate = closedGate(store);
  const bodies = {
    torchserve: gate.path,
    openInference: { inputs: [tensor("data", [1], "BYTES", [gate.path])] },
    tensorflowServing: { instances: [gate.path] },
  };
  const send = (server: Asked) => fetch(predictionUrl(server, "torchserve", "tight"), posted(gate.path));
  const running = [send(together), send(apart)];
  await gate.begun();
  // One runs, one waits: which of them waits does not matter, but both must be there.
  running.push(send(together), send(apart));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const protocol of protocolNames) {
    await alike(503, (server) => predictionUrl(server, protocol, "tight"), posted(bodies[protocol]));
  }
  await gate.open();
  assert.deepEqual(
    (await Promise.all(running)).map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

test("a deadline that passes while the engine runs", async () => {
  const gate = closedGate(served().store);
  const body = { inputs: [tensor("data", [1], "BYTES", [gate.path])], parameters: { timeout: 50_000 } };
  await alike(503, (server) => predictionUrl(server, "openInference", "late"), posted(body));
  await gate.open();
});

const descriptions: readonly (readonly [status: number, listener: keyof typeof listenerNames, path: string])[] = [
  ...["line", "limited", "flat", "wide", "tried", "two", "two/versions/1"].map(
    (model) => [200, "openInference", `/v2/models/${model}`] as const,
  ),
  ...["none", "broken", "line/versions/7"].map((model) => [404, "openInference", `/v2/models/${model}`] as const),
  [200, "openInference", "/v2/models/line/ready"],
  [404, "openInference", "/v2/models/broken/ready"],
  [503, "openInference", "/v2/models/broken/versions/1/ready"],
  [200, "openInference", "/v2/health/live"],
  [400, "openInference", "/v2/health/ready"],
  [200, "openInference", "/v2"],
  [404, "openInference", "/v2/nothing"],
  ...["line", "limited", "two", "broken"].map((model) => [200, "tensorflowServing", `/v1/models/${model}`] as const),
  [404, "tensorflowServing", "/v1/models/none"],
  [404, "tensorflowServing", "/v1/models/two/versions/7"],
  ...["line", "limited", "pair", "two", "two/versions/1", "tried"].map(
    (model) => [200, "tensorflowServing", `/v1/models/${model}/metadata`] as const,
  ),
  ...["line", "limited", "tried", "broken", "two/1", "two/all"].map(
    (model) => [200, "management", `/models/${model}`] as const,
  ),
  [200, "management", "/models"],
  [404, "management", "/models/none"],
  [500, "torchserve", "/ping"],
];
for (const [status, listener, path] of descriptions) {
  test(`${listener}: ${path}`, () => alike(status, (server) => server.url(listener, path)));
}

test("openInference: the index", () =>
  alike(200, (server) => server.url("openInference", "/v2/repository/index"), posted("")));
