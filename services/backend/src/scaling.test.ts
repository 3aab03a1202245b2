// Instances of a loaded model come and go without the others noticing, and its requests come together as its archive says.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import { decodeByteStrings, encodeByteStrings, parametersToHeaders } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Backend, startBackend } from "./backend.ts";
import { backendConfig } from "./config.ts";

/** Tells in which process it runs, and how many requests that has had with this one. */
const handler = `let count = 0;
export async function handle(rows) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return rows.map(() => process.pid + " " + ++count);
}
`;

const signal = AbortSignal.timeout(60_000);

let modelStore: string;
before(async () => {
  modelStore = await mkdtemp(join(tmpdir(), "sealserve-scaling-"));
  const put = (modelName: string, configuration: string) => {
    const model = { modelName, modelVersion: "1.0", handler: "handler.ts", configFile: "model-config.yaml" };
    const files = {
      "handler.ts": handler,
      "model-config.yaml": `isolation: process\n${configuration}`,
      "MAR-INF/MANIFEST.json": JSON.stringify({ runtime: "node", model }),
    };
    return writeFile(
      join(modelStore, `${modelName}.mar`),
      zipBytes(Object.entries(files).map(([name, data]) => ({ name, data }))),
    );
  };
  await put("plain", "minWorkers: 1\nmaxWorkers: 3\n");
  const sequences =
    "sequenceBatching: true\nmaxNumSequence: 4\nmaxSequenceJobQueueSize: 10\nsequenceMaxIdleMSec: 60000\n";
  await put("sequences", `minWorkers: 2\nmaxWorkers: 2\nbatchSize: 2\nmaxBatchDelay: 1\n${sequences}`);
});
after(() => rm(modelStore, { recursive: true, force: true }));

async function withModel(model: string, act: (backend: Backend) => Promise<void>): Promise<void> {
  const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0, modelControl: "explicit" });
  await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger() });
  await scaled(backend, model, undefined);
  await act(backend);
}

let revision = 0;
async function scaled(backend: Backend, model: string, instances: number | undefined): Promise<void> {
  const said = { loaded: true, ...(instances !== undefined && { instances }) };
  await backend.apply({ epoch: "e", revision: ++revision, models: { [model]: said } });
  await backend.settled();
  while (backend.desired?.revision !== revision) await new Promise((resolve) => setTimeout(resolve, 1));
}

const statuses = (backend: Backend, model = "plain") => backend.loaded(model, "1.0")?.instances() ?? [];

async function ask(backend: Backend, model = "plain", headers: Readonly<Record<string, string>> = {}) {
  const parameters = Object.fromEntries(Object.entries(headers).map(([name, value]) => [`http.header.${name}`, value]));
  const input = { name: "body", datatype: "BYTES", shape: [1], bytes: encodeByteStrings([utf8("x")]) } as const;
  const response = await backend.service.infer({ model: { name: model }, inputs: [input], parameters }, signal);
  const [text = ""] = response.outputs.flatMap(({ name, bytes }) => decodeByteStrings(name, bytes).map(textOf));
  const [pid = 0, count = 0] = text.split(" ").map(Number);
  return { pid, count, headers: parametersToHeaders(response.parameters) };
}

describe("a loaded model", () => {
  it("gets more instances and fewer, under load, and those that stay go on", async () => {
    await withModel("plain", async (backend) => {
      const [first] = statuses(backend);
      let going = true;
      const counts: number[] = [];
      const load = (async () => {
        while (going) {
          const { pid, count } = await ask(backend);
          if (pid === first?.pid) counts.push(count);
        }
      })();
      for (const instances of [3, 1, 2, 1]) {
        await scaled(backend, "plain", instances);
        assert.equal(statuses(backend).length, instances);
        assert.deepEqual(statuses(backend)[0], first);
        assert.equal(backend.loaded("plain", "1.0")?.definition.instances, instances);
      }
      going = false;
      await load;
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
      assert.ok(counts.length > 0);
    });
  });

  it("stays loaded without instances, refuses what comes, and goes on once it has one", async () => {
    await withModel("plain", async (backend) => {
      await scaled(backend, "plain", 0);
      assert.deepEqual(statuses(backend), []);
      assert.equal((await backend.service.status({ name: "plain" }))[0]?.state, "available");
      await assert.rejects(ask(backend), { code: "no-instance" });
      await scaled(backend, "plain", 1);
      assert.equal((await ask(backend)).count, 1);
    });
  });

  it("keeps the requests of a sequence on one instance, and tells its name", async () => {
    await withModel("sequences", async (backend) => {
      assert.equal(statuses(backend, "sequences").length, 2);
      const id = "ts_request_sequence_id";
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, i) => ask(backend, "sequences", { [id]: `s${i % 2}` })),
      );
      for (const [i, { headers }] of all.entries()) assert.equal(headers[id], `s${i % 2}`);
      const pids = [0, 1].map((which) => new Set(all.filter((_, i) => i % 2 === which).map(({ pid }) => pid)));
      assert.deepEqual(
        pids.map(({ size }) => size),
        [1, 1],
      );
      assert.notDeepEqual(pids[0], pids[1]);
      assert.match((await ask(backend, "sequences")).headers[id] ?? "", /^ts-seq-[0-9a-f-]{36}$/);
    });
  });
});
