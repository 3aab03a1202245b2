// Python handlers of several ranks, started by the real torchrun over gloo: who gets what, who answers, and what goes when one of them goes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Answer, get, json, post } from "./exchange.ts";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { interpreter, noTorchserve, torchservePackages } from "./torchserve-package.ts";
import { until } from "./until.ts";

const gloo = "import torch.distributed as d, torch.distributed.rpc; assert d.is_gloo_available()";
const hasGloo = noTorchserve === false && spawnSync(interpreter, ["-c", gloo]).status === 0;
const skip = noTorchserve || (!hasGloo && `the torch of ${interpreter} has no gloo`);

/** Every rank gets each batch: a word says what one of them does before they add up. */
const tensor = `
import os, time, torch
import torch.distributed as dist

class Tensor:
    def initialize(self, context):
        dist.init_process_group("gloo")
        self.rank = dist.get_rank()
        self.seen = 0

    def handle(self, data, context):
        word = data[0].get("body") or data[0].get("data")
        self.seen += 1
        if self.rank == 1 and word == "exit":
            os._exit(3)
        if self.rank == 1 and word == "kill":
            os.kill(os.getpid(), 9)
        if self.rank == 1 and word == "hang":
            time.sleep(600)
        if word == "raise":
            raise ValueError("all of them")
        total = torch.tensor([float(self.rank + 1)])
        try:
            dist.all_reduce(total)
        except RuntimeError:
            # The other is gone; a handler that said so at once might be heard first.
            time.sleep(600)
        all = [None] * dist.get_world_size()
        dist.all_gather_object(all, {"pid": os.getpid(), "seen": self.seen, "rank": self.rank})
        told = {"sum": total.item(), "ranks": all, "threads": os.environ["OMP_NUM_THREADS"], "rows": len(data)}
        return [told] * len(data)
`;

/** Only the first rank gets a batch, and asks the second by itself. */
const pipeline = `
import os
from torch.distributed import rpc

seen = 0

def stage(word):
    return {"word": word.upper(), "rank": int(os.environ["LOCAL_RANK"]), "seen": seen}

class Pipeline:
    def initialize(self, context):
        rank = int(os.environ["LOCAL_RANK"])
        rpc.init_rpc(f"worker{rank}", rank=rank, world_size=int(os.environ["WORLD_SIZE"]))

    def handle(self, data, context):
        global seen
        seen += 1
        return [rpc.rpc_sync("worker1", stage, args=(row.get("body") or row.get("data"),)) for row in data]
`;

const hangs = `
import os, time

class Hangs:
    def initialize(self, context):
        if os.environ["LOCAL_RANK"] == "1":
            time.sleep(600)

    def handle(self, data, context):
        return data
`;

const raises = `
import os, time
import torch.distributed as dist

class Raises:
    def initialize(self, context):
        if os.environ["LOCAL_RANK"] == "1":
            raise ValueError("the second half of the weights is missing")
        dist.init_process_group("gloo")

    def handle(self, data, context):
        return data
`;

interface Told {
  readonly sum: number;
  readonly ranks: readonly { readonly pid: number; readonly seen: number; readonly rank: number }[];
  readonly threads: string;
  readonly rows: number;
}

interface Described {
  readonly parallelType: string;
  readonly parallelLevel: number;
  readonly workers: readonly { readonly status: string; readonly pid: number }[];
}

describe("a Python handler of several ranks", { skip }, () => {
  let store: TemporaryFolder;
  let server: RunningServer;

  const pack = async (name: string, code: string, yaml: string): Promise<void> => {
    const handler = await store.write(`${name}.py`, code);
    const settings = await store.write(`${name}.yaml`, yaml);
    const flags = ["--model-name", name, "--handler", handler, "--config-file", settings];
    const ended = await runSealserve(["pack", ...flags, "--export-path", join(store.path, "store")]);
    assert.equal(ended.code, 0, ended.stderr);
  };

  before(async () => {
    store = await temporaryFolder();
    const two = "deviceType: cpu\ntorchrun:\n  nproc-per-node: 2\n";
    await pack(
      "tensor",
      tensor,
      `parallelType: tp\nminWorkers: 2\nmaxWorkers: 2\nresponseTimeout: 5\n${two}  OMP_NUMBER_THREADS: 3\n`,
    );
    await pack("pipeline", pipeline, `parallelType: PP\n${two}`);
    await pack("hangs", hangs, `parallelType: tp\nstartupTimeout: 2\n${two}`);
    await pack("raises", raises, `parallelType: tp\n${two}`);
    const env = { SEALSERVE_PYTHON: interpreter, PYTHONPATH: torchservePackages };
    server = await startServer(["--model-store", join(store.path, "store"), "--set", "loadRetries=0"], { env });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const ask = (model: string, body: string): Promise<Answer> =>
    post(server.url("torchserve", `/predictions/${model}`), body, { "content-type": "text/plain" });
  const tell = async (body: string): Promise<Told> => json(await ask("tensor", body)) as Told;
  const back = (): Promise<true> =>
    until(
      async () => (await ask("tensor", "x")).status === 200,
      () => `the worker did not come back: ${server.log()}`,
      { limit: 60_000 },
    );
  const describeModel = async (name: string): Promise<Described> => {
    const [described] = json(await get(server.url("management", `/models/${name}`))) as Described[];
    assert.ok(described);
    return described;
  };
  const reasonOf = (name: string): string =>
    (server.ready.models.find((model) => model.name === name) as { reason?: string } | undefined)?.reason ?? "";

  it("computes together with all ranks of its worker, and with no others", async () => {
    const workers = new Map<number, readonly number[]>();
    await until(async () => {
      for (const { sum, ranks, threads } of await Promise.all([tell("a"), tell("b"), tell("c")])) {
        assert.deepEqual([sum, ranks.map(({ rank }) => rank), threads], [3, [0, 1], "3"]);
        // All ranks have seen the same batches.
        assert.equal(ranks[0]?.seen, ranks[1]?.seen);
        const pids = ranks.map(({ pid }) => pid);
        assert.deepEqual(workers.get(pids[0] ?? 0) ?? pids, pids);
        workers.set(pids[0] ?? 0, pids);
      }
      return workers.size === 2;
    });
    assert.equal(new Set([...workers.values()].flat()).size, 4);
  });

  it("is described by how it is spread, its workers counted once", async () => {
    const { parallelType, parallelLevel, workers } = await describeModel("tensor");
    assert.deepEqual([parallelType, parallelLevel, workers.map(({ status }) => status)], ["tp", 2, ["READY", "READY"]]);
    const pipelined = await describeModel("pipeline");
    assert.deepEqual([pipelined.parallelType, pipelined.parallelLevel], ["pp", 2]);
  });

  it("of a pipeline gets its batches at the first rank only", async () => {
    for (const word of ["one", "two"]) {
      assert.deepEqual(json(await ask("pipeline", word)), { word: word.toUpperCase(), rank: 1, seen: 0 });
    }
  });

  it("that raises is answered once, and goes on", async () => {
    const before = await tell("x");
    assert.equal((await ask("tensor", "raise")).status, 503);
    assert.equal((await tell("x")).sum, 3);
    assert.ok(before.ranks.every(({ pid }) => isRunning(pid)));
  });

  for (const [what, word, status] of [
    ["exits", "exit", 500],
    ["is killed as for want of memory", "kill", 507],
    ["hangs", "hang", 500],
  ] as const) {
    it(`of which one rank ${what} is answered with ${status}, ends whole, and comes back`, async () => {
      await back();
      const before = (await Promise.all([tell("a"), tell("b"), tell("c"), tell("d")])).flatMap(({ ranks }) => ranks);
      const others = new Set(before.map(({ pid }) => pid));
      assert.equal((await ask("tensor", word)).status, status, server.log());
      await until(async () => [...others].filter(isRunning).length <= 2);
      await back();
    });
  }

  it("is scaled to nothing and back", async () => {
    const scale = async (count: number): Promise<number> => {
      const url = server.url("management", `/models/tensor?min_worker=${count}&synchronous=true`);
      return (await fetch(url, { method: "PUT" })).status;
    };
    await back();
    const { ranks } = await tell("x");
    assert.equal(await scale(0), 200);
    assert.equal((await ask("tensor", "x")).status, 503);
    await until(async () => !ranks.some(({ pid }) => isRunning(pid)));
    assert.equal(await scale(1), 200);
    assert.equal((await tell("x")).sum, 3);
    assert.equal((await describeModel("tensor")).workers.length, 1);
  });

  it("of which one rank hangs as it loads is not served, and says so", () => {
    assert.match(reasonOf("hangs"), /2000 ms|2 s|time/);
  });

  it("of which one rank cannot load says why, in its own words", () => {
    assert.match(reasonOf("raises"), /ValueError: the second half of the weights is missing/);
  });

  it("does not outlive a server that is killed, with any rank", async () => {
    const { ranks } = await tell("x");
    server.process.kill("SIGKILL");
    await until(async () => !ranks.some(({ pid }) => isRunning(pid)));
  });
});

/** A process that has ended, and that nobody has asked about yet, does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
