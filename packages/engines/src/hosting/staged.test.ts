// What is staged for an engine is there while it loads and gone afterwards, however the load ends; what went too early is staged once more.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "@sealserve/serving";
import { VirtualClock } from "../../../../conformance/suites/virtual-clock.ts";
import { EngineLoadError } from "../engine-error.ts";
import type { Isolation } from "../model-definition.ts";
import { SpawnedEngine } from "./spawned-engine.ts";
import type { FailingInit } from "./testing/failing-worker.ts";
import type { EngineInit } from "./wire.ts";

const never = new AbortController().signal;

class Stage {
  readonly pids: number[] = [];
  open = 0;
  staged = 0;
  readonly #loads: readonly FailingInit["load"][];
  readonly #worthAnother: boolean;

  constructor(loads: readonly FailingInit["load"][], worthAnother = false) {
    this.#loads = loads;
    this.#worthAnother = worthAnother;
  }

  readonly init = async (): Promise<EngineInit> => {
    const load = this.#loads[this.staged++];
    assert.ok(load, "it was not to be staged again");
    this.open++;
    const staged = {
      loading: (pid: number) => void this.pids.push(pid),
      worthAnother: () => this.#worthAnother,
      [Symbol.asyncDispose]: async () => void this.open--,
    };
    return { data: { load } satisfies FailingInit, transfer: [], staged };
  };
}

async function load(
  stage: Stage,
  isolation: Isolation,
  { clock = systemClock(), signal = never, init = stage.init } = {},
): Promise<void> {
  const engine = new SpawnedEngine(
    {
      ...{ model: "m", engine: "failing", isolation, limits: null, warmup: [], grace: 2000 },
      ...{ loadTimeout: 5000, responseTimeout: 1000, entry: new URL("./testing/failing-worker.ts", import.meta.url) },
    },
    { clock, init, onOutput: () => {}, onMetric: () => {}, onLost: () => {} },
  );
  await engine.load(signal);
  await engine.close();
}

const fails = (code: string) => (error: unknown) => error instanceof EngineLoadError && error.code === code;

for (const isolation of ["thread", "process"] as const) {
  describe(`what is staged for an engine on its own ${isolation}`, () => {
    it("is gone once it has loaded, or has failed to", async () => {
      const stage = new Stage(["well"]);
      await load(stage, isolation);
      assert.deepEqual([stage.open, stage.staged], [0, 1]);
      assert.equal(stage.pids[0] === process.pid, isolation === "thread");
      for (const [act, code] of [
        ["throw", "load-failed"],
        ["exit", "load-crashed"],
      ] as const) {
        const failing = new Stage([act]);
        await assert.rejects(load(failing, isolation), fails(code));
        assert.equal(failing.open, 0);
      }
    });

    it("is gone once nobody waits any more", async () => {
      const clock = new VirtualClock();
      const stage = new Stage(["hang"]);
      const loading = load(stage, isolation, { clock });
      clock.advance(5000);
      await assert.rejects(loading, fails("load-timeout"));
      assert.equal(stage.open, 0);
      const stop = new AbortController();
      const stopped = new Stage(["hang"]);
      const stopping = load(stopped, isolation, { signal: stop.signal });
      stop.abort(new Error("unloaded"));
      await assert.rejects(stopping, { message: "unloaded" });
      assert.equal(stopped.open, 0);
    });

    it("is staged once more where it went too early, and stays then", async () => {
      const stage = new Stage(["throw", "well"], true);
      await load(stage, isolation);
      assert.deepEqual([stage.open, stage.staged, stage.pids.length], [0, 2, 2]);
    });

    it("keeps the load waiting for no longer than the one who stages does after its end", async () => {
      const stop = new AbortController();
      const init = (signal: AbortSignal): Promise<EngineInit> =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("not staged")), { once: true });
        });
      const loading = load(new Stage([]), isolation, { signal: stop.signal, init: init as Stage["init"] });
      stop.abort(new Error("unloaded"));
      await assert.rejects(loading, { message: "unloaded" });
    });
  });
}
