// A command that dies is started again, ever later; readiness follows the upstream and not the hope of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { silentLogger } from "@sealserve/server";
import type { RunningCommand } from "./run-command.ts";
import { SupervisedCommand } from "./supervised-command.ts";

class World {
  readonly clock = new VirtualClock();
  readonly ends: ((how: string) => void)[] = [];
  readonly stops: number[] = [];
  answers = false;
  readonly command = new SupervisedCommand(
    { grace: 7 },
    { run: () => this.#run(), probe: async () => this.answers, clock: this.clock, logger: silentLogger() },
  );

  #run(): RunningCommand {
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    this.ends.push(resolve);
    return {
      group: 7,
      ended,
      stop: async (grace) => {
        this.stops.push(grace);
        resolve("SIGTERM");
      },
    };
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("it is ready once the upstream says so, and not any more when it stops saying so", async () => {
  const world = new World();
  await world.pass(0);
  assert.deepEqual([world.command.state, world.command.reason], ["starting", "the upstream is not ready"]);
  world.answers = true;
  await world.pass(100);
  assert.equal(world.command.ready, true);
  await world.command.firstReady();
  world.answers = false;
  await world.pass(1_000);
  assert.equal(world.command.ready, false);
  world.answers = true;
  await world.pass(100);
  assert.equal(world.command.ready, true);
});

test("a failed request makes it look at once", async () => {
  const world = new World();
  world.answers = true;
  await world.pass(100);
  world.answers = false;
  world.command.lookNow();
  await world.pass(0);
  assert.equal(world.command.ready, false);
});

test("after each end it waits twice as long, half a minute at most; a long good run is forgiven", async () => {
  const world = new World();
  for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = world.ends.length;
    world.ends.at(-1)?.("exit code 1");
    await world.pass(0);
    assert.deepEqual([world.command.state, world.command.ready], ["waiting", false]);
    assert.match(world.command.reason, /exit code 1/);
    await world.pass(wait - 1);
    assert.equal(world.ends.length, before);
    await world.pass(1);
    assert.equal(world.ends.length, before + 1);
  }
  assert.equal(world.command.restarts, 8);
  world.answers = true;
  await world.pass(100);
  await world.pass(60_000);
  world.ends.at(-1)?.("SIGSEGV");
  await world.pass(0);
  await world.pass(500);
  assert.equal(world.ends.length, 10);
});

test("what is stopped is asked with its grace, and never started again", async () => {
  const world = new World();
  world.answers = true;
  await world.pass(100);
  await world.command[Symbol.asyncDispose]();
  await world.pass(100_000);
  assert.deepEqual([world.stops, world.ends.length, world.command.state, world.clock.timers], [[7], 1, "stopped", 0]);
});

test("what is stopped while it waits starts no more", async () => {
  const world = new World();
  world.ends[0]?.("exit code 1");
  await world.pass(0);
  await world.command[Symbol.asyncDispose]();
  await world.pass(100_000);
  assert.deepEqual([world.ends.length, world.clock.timers], [1, 0]);
});
