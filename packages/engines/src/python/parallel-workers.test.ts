// Workers of several ranks: who gets what, who is heard, and how they end. A stand-in starts the ranks; the real torchrun does in the end-to-end tests.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isInferenceError } from "@sealserve/inference";
import type { BatchRunner } from "@sealserve/serving";
import type { ModelDefinition } from "../model-definition.ts";
import { GpuSlots } from "./gpu-slots.ts";
import { parallelCommand, parseRankEnd } from "./parallel-launch.ts";
import { noPython } from "./testing/fake-python.ts";
import { FakeWorkers, isAlive, told, until } from "./testing/fake-workers.ts";

const never = new AbortController().signal;

function spread(type: "tp" | "pp" | "pptp" | "custom", level = 2): Partial<ModelDefinition> {
  return { parallel: { type, level, torchrun: { threads: 3 } }, responseTimeout: 2000 };
}

describe("a worker of several ranks", { skip: noPython }, () => {
  let workers: FakeWorkers;
  before(async () => {
    workers = await FakeWorkers.start();
  });
  after(() => workers[Symbol.asyncDispose]());

  const seen = async (runner: BatchRunner) => JSON.parse(await told(runner, "environment"));
  const comesBack = async (runner: BatchRunner): Promise<void> => {
    assert.match(await told(runner, "hello"), /hello/);
  };
  const framesOf = async (folder: string, rank: number): Promise<number> => {
    try {
      return (await readFile(join(folder, `frames.${rank}`), "utf8")).length;
    } catch {
      return 0;
    }
  };

  for (const [type, expected] of [
    ["tp", [2, 2, 2]],
    ["pptp", [2, 2, 2]],
    ["pp", [2, 0, 0]],
  ] as const) {
    it(`of type ${type} gets its batches as such, and answers once`, async () => {
      await using runner = await workers.open({ definition: spread(type, 3) });
      const { folder } = await seen(runner);
      await comesBack(runner);
      // The first rank answers whether or not the others have got there.
      const counts = (): Promise<number[]> => Promise.all([0, 1, 2].map((rank) => framesOf(folder, rank)));
      while ((await counts()).join() !== expected.join()) await new Promise((resolve) => setTimeout(resolve, 5));
    });
  }

  it("is told where the others are, and how many threads it has", async () => {
    await using runner = await workers.open({ definition: spread("tp") });
    const { environment, argv } = await seen(runner);
    const { RANK, WORLD_SIZE, MASTER_ADDR, OMP_NUM_THREADS, GLOO_SOCKET_IFNAME, CUDA_VISIBLE_DEVICES } = environment;
    assert.deepEqual([RANK, WORLD_SIZE, MASTER_ADDR, OMP_NUM_THREADS], ["0", "2", "127.0.0.1", "3"]);
    assert.deepEqual([GLOO_SOCKET_IFNAME, CUDA_VISIBLE_DEVICES], ["lo", undefined]);
    assert.ok(argv.includes("--sock-name"));
  });

  it("that starts its ranks by itself is one process", async () => {
    await using runner = await workers.open({ definition: spread("custom") });
    assert.equal((await seen(runner)).environment.RANK, undefined);
  });

  it("may be several, each with ranks of its own, none of which is left when they go", async () => {
    const runner = await workers.open({ definition: { ...spread("tp"), instances: 2, maxInstances: 2 } });
    const pids = (runner.instances?.() ?? []).map(({ pid }) => pid ?? -1);
    assert.equal(new Set(pids).size, 2);
    await runner.resize?.(0, never);
    await until(() => !pids.some(isAlive));
    await runner.resize?.(1, never);
    await comesBack(runner);
    await runner[Symbol.asyncDispose]();
  });

  for (const [what, body, isThat] of [
    ["exits", "at 1 exit 3", "engine-unavailable"],
    ["closes its connection", "at 1 closed", "engine-unavailable"],
    ["is killed as for want of memory", "at 1 kill", "handler-failed"],
    ["breaks the protocol", "at 0 garbage 000000c87fffffff", "engine-unavailable"],
    ["does not answer in time", "at 0 hang", "deadline-exceeded"],
  ] as const) {
    it(`of which one rank ${what} fails what it was running, and is started again whole`, async () => {
      await using runner = await workers.open({ definition: spread("tp") });
      const [before] = runner.instances?.() ?? [];
      await assert.rejects(told(runner, body), (error) => isInferenceError(error) && error.code === isThat);
      await comesBack(runner);
      const [after] = runner.instances?.() ?? [];
      assert.notEqual(after?.pid, before?.pid);
      assert.ok(!isAlive(before?.pid ?? 0));
    });
  }

  it("hears nothing of other ranks once all have loaded", async () => {
    await using runner = await workers.open({ definition: spread("tp") });
    const [before] = runner.instances?.() ?? [];
    assert.match(await told(runner, "at 1 noise"), /at 1/);
    await comesBack(runner);
    assert.equal(runner.instances?.()[0]?.pid, before?.pid);
  });

  for (const [what, handler, reason] of [
    ["raises", "at 1 raises", /ValueError: this model is broken/],
    ["refuses", "at 1 refuses", /RuntimeError: no such weights/],
    ["does not load in time", "at 1 hangs", /300 ms/],
    ["answers what is no answer", "at 1 garbage", /./],
  ] as const) {
    it(`of which one rank ${what} is not served, and nothing is left of it`, async () => {
      const opened = workers.open({ handler, definition: { ...spread("tp"), loadTimeout: 300 } });
      await assert.rejects(opened, reason);
    });
  }
});

describe("how torchrun is started", () => {
  const command = {
    ...{ interpreter: "/usr/bin/python3", program: "/venv/python", args: ["worker.py", "--sock-name", "w.1"] },
    ...{ folder: "/model", environment: { A: "b", OMP_NUM_THREADS: "9" } },
    ...{ limits: { memory: null, processes: null, files: null, cpuSeconds: null }, user: null },
  };
  const options = { ranks: 2, threads: 3, toAll: true, alone: false, folder: "/scratch", number: 4 };

  it("by the model's own interpreter, with no port of its own and nothing started anew", () => {
    const { program, args, environment } = parallelCommand(command, { ...options, gpus: [] });
    assert.equal(program, "/venv/python");
    for (const flag of ["--nproc_per_node=2", "--rdzv_endpoint=/scratch/rendezvous.4", "--max_restarts=0"])
      assert.ok(args.includes(flag), flag);
    assert.deepEqual(args.slice(-5), ["/venv/python", "-u", ...command.args]);
    assert.deepEqual([environment["A"], environment["OMP_NUM_THREADS"]], ["b", "3"]);
    assert.ok(!("CUDA_VISIBLE_DEVICES" in environment));
  });

  it("with as many GPUs as it has ranks, all different ones", () => {
    const slots = new GpuSlots({ type: "gpu", ids: [0, 1, 3] }, 4);
    assert.deepEqual(slots.take(1), [0]);
    const gpus = slots.take(2);
    assert.deepEqual(gpus, [1, 3]);
    assert.equal(parallelCommand(command, { ...options, gpus }).environment["CUDA_VISIBLE_DEVICES"], "1,3");
    assert.deepEqual(slots.take(2), [0, 1]);
    slots.giveBack(gpus);
    assert.deepEqual(slots.take(1), [3]);
    assert.deepEqual(new GpuSlots({ type: "cpu", ids: [] }, 4).take(2), []);
  });

  it("and what it says of the rank that failed first", () => {
    const line = (code: number): string => `x: failed (exitcode: ${code}) local_rank: 1 (pid: 7) of binary: y`;
    assert.deepEqual(parseRankEnd(line(-9)), { reason: "its rank 1 was ended by signal 9", outOfMemory: true });
    assert.deepEqual(parseRankEnd(line(137)), { reason: "its rank 1 exited with code 137", outOfMemory: true });
    assert.deepEqual(parseRankEnd(line(-11)), { reason: "its rank 1 was ended by signal 11", outOfMemory: false });
    assert.equal(parseRankEnd("failed (exitcode: many) local_rank: 1 (pid: 7)"), null);
  });
});
