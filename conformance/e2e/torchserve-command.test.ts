// A user's folder of TorchServe: its config.properties, its model store and its curl lines, with another command in front.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../fixtures/free-port.ts";
import { type Ended, endOf } from "../fixtures/spawned-command.ts";
import { zipBytes } from "../fixtures/zip-writer.ts";
import { archiveBytes } from "./archives.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

const main = join(import.meta.dirname, "../../apps/cli/src/main.ts");

const handler = `
export function handle(rows) {
  return rows.map((row) => ((row.body ?? row.data)?.text() ?? "").toUpperCase());
}
`;

/** A Python handler, for the unmodified worker of the torchserve package where that is there. */
const pythonEntries = [
  {
    name: "MAR-INF/MANIFEST.json",
    data: JSON.stringify({
      runtime: "python",
      model: { modelName: "snake", modelVersion: "1.0", handler: "snake.py" },
    }),
  },
  {
    name: "snake.py",
    data: 'def handle(data, context):\n    return [(row.get("body") or row.get("data")).decode()[::-1] for row in data or []]\n',
  },
];
const interpreter = process.env["SEALSERVE_PYTHON"] ?? ["/usr/bin/python3"].find(existsSync) ?? "python3";
const found = spawnSync(join(import.meta.dirname, "../../tools/torchserve-path.sh"), { encoding: "utf8" });
const packages = found.status === 0 ? found.stdout.trim() : null;

let folder: TemporaryFolder;
let ports: { readonly inference: number; readonly management: number; readonly metrics: number };

before(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "tmp"));
  await folder.write("model-store/loud.mar", archiveBytes({ name: "loud", handler }));
  await folder.write("model-store/later.mar", archiveBytes({ name: "later", handler }));
  if (packages !== null) await folder.write("model-store/snake.mar", zipBytes(pythonEntries));
  ports = { inference: await freePort(), management: await freePort(), metrics: await freePort() };
  const properties = {
    inference_address: `http://127.0.0.1:${ports.inference}`,
    management_address: `http://127.0.0.1:${ports.management}`,
    metrics_address: `http://127.0.0.1:${ports.metrics}`,
    grpc_inference_port: await freePort(),
    grpc_management_port: await freePort(),
    load_models: packages === null ? "loud.mar" : "loud.mar,snake.mar",
    default_workers_per_model: 1,
    models:
      '{"loud": {"1.0": {"defaultVersion": true, "marName": "loud.mar", "minWorkers": 2, "maxWorkers": 3, "batchSize": 4}}}',
    enable_model_api: true,
    job_queue_size: 7,
    metrics_mode: "log",
    number_of_netty_threads: 4,
    misspelt_key: 1,
  };
  await folder.write(
    "config.properties",
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
});
after(async () => {
  await torchserve("--stop");
  await folder[Symbol.asyncDispose]();
});

/** What the shell would do, in the user's folder. */
function run(program: string, args: readonly string[]): Promise<Ended> {
  const { PATH = "" } = process.env;
  const temporary = join(folder.path, "tmp");
  const cache = join(import.meta.dirname, "../../node_modules/.cache/sealserve");
  const python = packages === null ? {} : { PYTHONPATH: packages, SEALSERVE_PYTHON: interpreter };
  const env = { PATH, TMPDIR: temporary, NODE_COMPILE_CACHE: cache, ...python };
  return endOf(spawn(program, args, { cwd: folder.path, env, stdio: ["ignore", "pipe", "pipe"] }));
}

const torchserve = (...args: readonly string[]) => run(process.execPath, [main, "torchserve", ...args]);
const curl = async (...args: readonly string[]) => (await run("curl", ["-sS", ...args])).stdout;
const at = (port: keyof typeof ports, path: string) => `http://127.0.0.1:${ports[port]}${path}`;
const file = (name: string) => readFile(join(folder.path, name), "utf8");

async function tokens(): Promise<Readonly<Record<"management" | "inference" | "API", { readonly key: string }>>> {
  return JSON.parse(await file("key_file.json"));
}

const bearer = (key: string): readonly string[] => ["-H", `Authorization: Bearer ${key}`];

describe("sealserve torchserve", () => {
  it("starts in the background, and says so once it answers", async () => {
    const started = await torchserve("--start", "--model-store", "model-store");
    assert.deepEqual([started.code, started.stdout, started.stderr], [0, "Model server started.\n", ""]);
    const log = await file("logs/ts_log.log");
    for (const key of ["number_of_netty_threads: it changes nothing", "misspelt_key: there is no such key"])
      assert.match(log, new RegExp(key));
  });

  it("asks for tokens, and serves whoever shows them", async () => {
    const { inference, management } = await tokens();
    const refused = await curl("-X", "POST", at("inference", "/predictions/loud"), "-d", "hello");
    assert.match(refused, /InvalidKeyException/);
    const url = at("inference", "/predictions/loud");
    assert.equal(
      await curl(...bearer(inference.key), url, "-T", "config.properties"),
      (await file("config.properties")).toUpperCase(),
    );
    assert.match(await curl(...bearer(inference.key), at("inference", "/ping")), /"Healthy"/);
    const [described] = JSON.parse(await curl(...bearer(management.key), at("management", "/models/loud")));
    assert.deepEqual(
      [described.minWorkers, described.maxWorkers, described.batchSize, described.maxBatchDelay],
      [2, 3, 4, 100],
    );
    assert.deepEqual([described.jobQueueStatus.remainingCapacity, described.loadedAtStartup], [7, true]);
  });

  it("serves a Python handler by the real worker", { skip: packages === null && found.stderr }, async () => {
    const { inference } = await tokens();
    const answer = await curl(...bearer(inference.key), at("inference", "/predictions/snake"), "-F", "data=stressed");
    assert.equal(answer, "desserts");
    assert.match(await file("logs/model_log.log"), /Torch worker started\./);
    assert.match(await file("logs/model_metrics.log"), /PredictionTime\..*\|#ModelName:snake,Level:Model\|/);
  });

  it("renews a token for the key that may", async () => {
    const { API, inference } = await tokens();
    await curl(...bearer(API.key), at("management", "/token?type=inference"));
    assert.notEqual((await tokens()).inference.key, inference.key);
    assert.match(await curl(...bearer(inference.key), at("inference", "/ping")), /InvalidKeyException/);
  });

  it("starts no second server", async () => {
    const second = await torchserve("--start", "--model-store", "model-store");
    assert.equal(second.code, 1);
    assert.match(second.stdout, /^TorchServe is already running, please use torchserve --stop to stop TorchServe\.$/m);
  });

  it("writes its requests and metrics into the files of the original", async () => {
    assert.match(
      await file("logs/access_log.log"),
      /^[0-9T:,-]{23} - \/127\.0\.0\.1:\d+ "GET \/ping HTTP\/1\.1" 200 \d+$/m,
    );
    assert.match(await file("logs/ts_metrics.log"), /ts_inference_requests_total\.Count:1\.0\|#model_name:loud,/);
    assert.match(await curl(at("metrics", "/metrics?name[]=Requests2XX"), "-g"), /^Requests2XX\{Level="Host",/m);
  });

  it("begins the next time with what it ended with", async () => {
    const { management } = await tokens();
    const shown = bearer(management.key);
    const registered = await curl(...shown, "-X", "POST", at("management", "/models?url=later.mar&initial_workers=1"));
    assert.match(registered, /registered with 1 initial workers/);
    await curl(...shown, "-X", "PUT", at("management", "/models/loud?min_worker=1&synchronous=true"));
    const kinds = async () => (await readdir(join(folder.path, "logs/config"))).map((name) => name.split("-")[1]);
    await until(async () => (await kinds()).includes("snapshot.cfg"));
    assert.equal((await torchserve("--stop")).stdout, "TorchServe has stopped.\n");
    assert.ok((await kinds()).includes("shutdown.cfg"));
    assert.ok(!existsSync(join(folder.path, "key_file.json")));
    // Of the last snapshot, not of the file that lies here.
    await writeFile(join(folder.path, "config.properties"), "inference_address=nonsense\n");
    const again = await torchserve("--start", "--disable-token-auth");
    assert.equal(again.stdout, "Model server started.\n", again.stderr);
    assert.deepEqual(
      JSON.parse(await curl(at("management", "/models"))).models.map((model: { modelName: string }) => model.modelName),
      ["later", "loud", ...(packages === null ? [] : ["snake"])],
    );
    const [loud] = JSON.parse(await curl(at("management", "/models/loud")));
    assert.deepEqual([loud.minWorkers, loud.batchSize], [1, 4]);
    assert.equal(await curl(at("inference", "/predictions/later"), "-d", "data=so"), "SO");
  });

  it("stops, once", async () => {
    assert.equal((await torchserve("--stop")).stdout, "TorchServe has stopped.\n");
    assert.equal((await torchserve("--stop")).stdout, "TorchServe is not currently running.\n");
  });

  it("says why it does not start, and leaves nothing running", async () => {
    const wrong = await torchserve("--start", "--ncs", "--model-store", "model-store");
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /config\.properties: inference_address is "nonsense": allowed is http:/);
    await rm(join(folder.path, "config.properties"));
    assert.match((await torchserve("--start", "--ncs")).stderr, /^Missing mandatory parameter --model-store$/m);
    const missing = await torchserve("--start", "--ts-config", "none", "--model-store", "model-store");
    assert.match(missing.stderr, /^--ts-config file not found: none$/m);
    const snapshots = join(folder.path, "logs/config");
    for (const name of await readdir(snapshots)) await writeFile(join(snapshots, name), "model_snapshot={");
    assert.match((await torchserve("--start")).stderr, /model_snapshot is .* allowed is JSON; remove this snapshot/);
    assert.equal((await torchserve("--stop")).stdout, "TorchServe is not currently running.\n");
  });

  it("tells its version in the original's words", async () => {
    assert.match((await torchserve("--version")).stdout, /^TorchServe Version is 0\.12\.0 /);
  });
});
