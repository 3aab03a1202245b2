// Metrics that handlers give, where frontends and backends are processes of their own: shown as `serve` shows them, of all backends together.
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { archiveBytes } from "./archives.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { listenerNames, type RunningServer, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** Tells the number that it is sent in each of the three forms. */
const handler = `
export function handle(rows, { metrics }) {
  for (const row of rows) {
    const value = Number(row.body.text());
    metrics.addCounter("Seen", value);
    metrics.addMetric("Heat", value, "Celsius", { dimensions: { Place: 'a "b"' }, kind: "gauge" });
    metrics.addMetric("Length", value, "Meters", { dimensions: { Place: "c" }, kind: "histogram" });
  }
  return rows.map((row) => row.body.text());
}
`;

let folder: TemporaryFolder;
let backends: readonly RunningProcess[] = [];
let frontend: RunningProcess;
let together: RunningServer;
let apart: Readonly<Record<string, string>>;

before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/told.mar", archiveBytes({ name: "told", handler }));
  const store = join(folder.path, "store");
  const serving = startServer(["--model-store", store]);
  const config = { mesh: null, modelStore: store, drainDelay: 0 };
  const file = await folder.write("backend.yaml", JSON.stringify(config));
  backends = [1, 2].map(() => startProcess(["backend", "--config", file, ...onFreePorts.backend]));
  const addresses = await Promise.all(backends.map(async ({ ready }) => (await ready).listeners["backend"]));
  const frontendFile = await folder.write("frontend.yaml", JSON.stringify({ mesh: null, backends: { addresses } }));
  frontend = startProcess(["frontend", "--config", frontendFile, ...onFreePorts.frontend]);
  apart = (await frontend.ready).listeners;
  together = await serving;
});
after(async () => {
  for (const each of [frontend, ...backends, together]) await each?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function text(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, init);
  assert.equal(answer.status, 200, url);
  return answer.text();
}

const scraped = async (query = "") => text(`${apart["torchserve.metrics"]}/metrics${query}`);

/** Straight at a backend: the frontend would choose. */
async function ask(backend: number, value: string): Promise<void> {
  const listeners = (await backends[backend]?.ready)?.listeners;
  const body = JSON.stringify({ inputs: [{ name: "body", datatype: "BYTES", shape: [1], data: [value] }] });
  await text(`${listeners?.["backend"]}/v2/models/told/infer`, { method: "POST", body });
}

/** What is told of the handler: heads and series of its metrics. */
const ofHandler = (exposed: string) => exposed.split("\n").filter((line) => /(?:Seen|Heat|Length)/.test(line));

it("the frontend shows them as serve does, and each backend shows its own", async () => {
  await text(together.url("torchserve", "/predictions/told"), { method: "POST", body: "0.3" });
  await text(`${apart[listenerNames.torchserve]}/predictions/told`, { method: "POST", body: "0.3" });
  const expected = await until(async () => {
    const lines = ofHandler(await text(together.url("torchserveMetrics", "/metrics")));
    return lines.some((line) => line.startsWith("Length_count")) && lines;
  });
  assert.equal(expected.filter((line) => !line.startsWith("#")).length, 16);
  assert.deepEqual(ofHandler(await scraped()), expected);
  const named = await scraped("?name[]=Heat&name[]=Requests2XX");
  assert.match(named, /^Heat\{Place="a \\"b\\"",ModelName="told",.*Hostname="[^"]+"\} 0\.3$/m);
  assert.match(named, /^Requests2XX/m);
  assert.doesNotMatch(named, /Seen/);
  const own = await Promise.all(
    backends.map(async ({ ready }) =>
      ofHandler(await text(`${(await ready).listeners["backend.operations"]}/metrics`)),
    ),
  );
  assert.deepEqual(own.flat().sort(), [...expected].sort(), "one of the two was asked");
});

it("counters and histograms are summed, of gauges on one host the latest holds, and nothing goes back", async () => {
  await ask(0, "7");
  await ask(1, "2");
  const at = (name: string, value: number) => new RegExp(`^${name}\\{.*Hostname="${hostname()}"\\} ${value}$`, "m");
  await until(async () => /^Length_count\{.*\} 3$/m.test(await scraped()));
  const both = await scraped();
  for (const [name, value] of [
    ["Seen", 9.3],
    ["Heat", 2],
    ["Length_sum", 9.3],
  ] as const) {
    assert.match(both, at(name, value));
  }
  await backends[1]?.[Symbol.asyncDispose]();
  const left = await scraped();
  assert.match(left, at("Seen", 9.3));
  assert.match(left, at("Length_sum", 9.3));
  assert.match(left, at("Heat", 7));
});
