// Which backend is asked, what goes on to another one, and what becomes of a backend that fails: by a clock that is turned by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { type DesiredState, InferenceError, type InferenceService } from "@sealserve/inference";
import { silentLogger } from "@sealserve/server";
import type { FoundBackends } from "../discovery/discovery.ts";
import { FakeBackend, fakeReport, fakeServed } from "../testing/fake-backend.ts";
import { type BackendPool, openBackendPool } from "./backend-pool.ts";
import { backendRouter } from "./backend-router.ts";

const never = new AbortController().signal;
const request = { model: { name: "identity" }, inputs: [] };

class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly backends: readonly FakeBackend[];
  readonly pool: BackendPool;
  readonly service: InferenceService;
  desired: DesiredState = { epoch: "e", revision: 0, models: {} };
  #found: FoundBackends = () => {};
  #changed: () => void = () => {};

  constructor(count: number) {
    this.backends = Array.from({ length: count }, (_, i) => new FakeBackend(`https://10.0.0.${i + 1}:9000`));
    const world = this;
    this.pool = openBackendPool(
      { reportInterval: 1_000, reportTimeout: 500, silenceLimit: 3_000, maxFailures: 3, maxMissed: 2, ejection: 4_000 },
      {
        clock: this.clock,
        random: () => 0.5,
        logger: silentLogger(),
        openLink: (url) => this.of(url).open(),
        desired: {
          get current() {
            return world.desired;
          },
          onChange: (act) => {
            this.#changed = () => act(this.desired);
            return { [Symbol.dispose]: () => {} };
          },
        },
        discovery: {
          start: (found) => {
            this.#found = found;
            return { [Symbol.dispose]: () => {} };
          },
        },
      },
    );
    this.service = backendRouter({ pool: this.pool, clock: this.clock, random: () => 0.5 });
  }

  static async of(count: number): Promise<World> {
    const world = new World(count);
    await world.find();
    return world;
  }

  of(url: string): FakeBackend {
    const found = this.backends.find((backend) => backend.url === url);
    assert.ok(found);
    return found;
  }

  get asked(): readonly number[] {
    return this.backends.map(({ asked }) => asked);
  }

  get routable(): readonly boolean[] {
    return this.pool.views().map(({ routable }) => routable);
  }

  async find(backends: readonly FakeBackend[] = this.backends): Promise<void> {
    this.#found(backends.map(({ url }) => url));
    await this.pass(0);
  }

  async change(desired: DesiredState): Promise<void> {
    this.desired = desired;
    this.#changed();
    await this.pass(100);
  }

  /** Time goes by in small steps, between which whatever was called answers. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; ; left -= 50) {
      this.clock.advance(Math.min(50, Math.max(0, left)));
      await turn();
      if (left <= 0) return;
    }
  }

  infer(timeout?: number): Promise<unknown> {
    return this.service.infer(timeout === undefined ? request : { ...request, timeout }, never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
  }
}

function first(world: World): FakeBackend {
  const [backend] = world.backends;
  assert.ok(backend);
  return backend;
}

test("requests at once are spread evenly over those that have the model", async () => {
  await using world = await World.of(3);
  const [, , other] = world.backends;
  assert.ok(other);
  other.report = fakeReport({ models: { other: "available" } });
  await world.pass(1_500);
  for (const backend of world.backends) backend.answer = null;
  const waiting = Array.from({ length: 8 }, () => world.infer().catch(() => {}));
  await turn();
  assert.deepEqual(world.asked, [4, 4, 0]);
  await world[Symbol.asyncDispose]();
  await Promise.all(waiting);
});

test("a request that was not started goes on to each other backend once; then what the last one said is told", async () => {
  await using world = await World.of(3);
  first(world).refuse();
  for (let i = 0; i < 2; i++) await world.infer();
  for (const backend of world.backends) {
    backend.asked = 0;
    const queueFull = new InferenceError("queue-full", { model: "identity", version: "1", limit: 1 });
    backend.answer = () => Promise.reject(backend.unreachable(false, queueFull));
  }
  await assert.rejects(world.infer(), { code: "queue-full" });
  assert.deepEqual(world.asked, [1, 1, 1]);
  assert.deepEqual(world.routable, [true, true, true], "who refuses is well");
});

test("a request that may have been started is never sent to another", async () => {
  await using world = await World.of(3);
  for (const backend of world.backends) backend.answer = () => Promise.reject(backend.unreachable(true));
  await assert.rejects(world.infer(), { code: "unreachable" });
  assert.equal(
    world.asked.reduce((a, b) => a + b),
    1,
  );
});

test("a refusal of the request itself is told as it is, once", async () => {
  await using world = await World.of(3);
  for (const backend of world.backends) {
    backend.answer = () => Promise.reject(new InferenceError("invalid-shape", { tensor: "t", problem: "fake" }));
  }
  await assert.rejects(world.infer(), { code: "invalid-shape" });
  assert.equal(
    world.asked.reduce((a, b) => a + b),
    1,
  );
});

test("who does not answer requests is left out, for longer each time, and asked again after a report", async () => {
  await using world = await World.of(2);
  const bad = first(world);
  bad.answer = () => Promise.reject(bad.unreachable(true));
  const round = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await world.infer().catch(() => {});
  };
  await round();
  assert.deepEqual([world.routable, bad.asked], [[false, true], 3]);
  await world.pass(3_800);
  assert.deepEqual(world.routable, [false, true]);
  await world.pass(1_400);
  assert.deepEqual(world.routable, [true, true]);
  await round();
  assert.equal(bad.asked, 4, "on trial, one failure is enough");
  await world.pass(7_500);
  assert.deepEqual(world.routable, [false, true]);
  bad.answer = async () => {};
  await world.pass(2_000);
  await round();
  assert.deepEqual(world.routable, [true, true]);
});

test("where everybody is left out, whose report came is asked all the same", async () => {
  await using world = await World.of(1);
  const only = first(world);
  only.answer = () => Promise.reject(only.unreachable(true));
  for (let i = 0; i < 3; i++) await assert.rejects(world.infer());
  assert.equal(world.pool.ready(), false);
  only.answer = async () => {};
  await world.infer();
});

test("who drains or is not ready gets nothing; who starts anew gets the desired state first, and is well", async () => {
  await using world = await World.of(2);
  const [one] = world.backends;
  assert.ok(one);
  one.report = fakeReport({ models: { identity: "available" }, draining: true });
  await world.pass(1_500);
  assert.deepEqual(world.routable, [false, true]);
  one.report = new Error("gone");
  await world.pass(3_000);
  one.report = fakeReport({ models: { identity: "available" }, instance: "b", desired: null });
  const given = one.given.length;
  await world.pass(1_500);
  assert.deepEqual(one.given.slice(given), [world.desired]);
  assert.deepEqual(world.routable, [true, true]);
});

test("each newer desired state, and one of another epoch, is given to every backend at once, an older one to nobody", async () => {
  await using world = await World.of(2);
  const [one, two] = world.backends;
  assert.ok(one && two);
  assert.deepEqual([one.given.length, two.given.length], [0, 0]);
  two.report = fakeReport({ models: { identity: "available" }, desired: { epoch: "e", revision: 9 } });
  await world.pass(1_500);
  await world.change({ epoch: "e", revision: 3, models: {} });
  assert.deepEqual([one.given.length > 0, two.given.length], [true, 0]);
  await world.change({ epoch: "f", revision: 1, models: {} });
  assert.deepEqual(two.given[0], { epoch: "f", revision: 1, models: {} });
});

test("a backend that gets no report through loses its requests after a while; one that refuses connections does not", async () => {
  await using world = await World.of(2);
  const [one, two] = world.backends;
  assert.ok(one && two);
  one.answer = null;
  two.answer = null;
  const sent = [world.infer(), world.infer()].map((answer) => answer.catch((error) => error.code));
  const ended: unknown[] = [];
  for (const each of sent) each.then((code) => ended.push(code));
  await turn();
  assert.deepEqual(world.asked, [1, 1]);
  one.report = "silent";
  two.report = two.unreachable(false);
  await world.pass(3_000);
  assert.deepEqual([world.routable, ended], [[false, false], []]);
  await world.pass(3_000);
  assert.deepEqual([ended, one.links, two.links], [["unreachable"], 2, 1]);
});

test("a request with a time limit ends by itself where nobody answers", async () => {
  await using world = await World.of(1);
  first(world).answer = null;
  const sent = world.infer(200).catch((error) => error.code);
  await world.pass(400);
  assert.equal(await sent, "deadline-exceeded");
});

test("a backend that is found no more finishes what it has", async () => {
  await using world = await World.of(2);
  const gate = Promise.withResolvers<void>();
  for (const backend of world.backends) backend.answer = () => gate.promise;
  const sent = [world.infer(), world.infer()];
  await turn();
  await world.find([]);
  assert.equal(world.pool.views().length, 0);
  await assert.rejects(world.infer(), { code: "unavailable" });
  gate.resolve();
  await Promise.all(sent);
});

test("metadata is asked once until something changes, and names every available version of all", async () => {
  await using world = await World.of(2);
  const [one, two] = world.backends;
  assert.ok(one && two);
  const report = fakeReport({ models: { identity: "available" } });
  const models = report.models.map((model) => ({ ...model, served: fakeServed }));
  one.report = { ...report, models };
  two.report = {
    ...report,
    models: [...models, ...models.map((model) => ({ ...model, version: "10", isDefault: false }))],
  };
  await world.pass(1_500);
  for (let i = 0; i < 9; i++) assert.deepEqual((await world.service.metadata(request.model)).versions, ["1", "10"]);
  assert.ok(one.metadataAsked + two.metadataAsked <= 2);
  one.refuse();
  two.refuse();
  one.report = { ...report, models: models.map((model) => ({ ...model, served: { ...fakeServed, since: 2 } })) };
  two.report = one.report;
  await world.pass(1_500);
  await assert.rejects(world.service.metadata(request.model), { code: "unreachable" });
});

test("listeners are told of what changes, and of nothing else", async () => {
  await using world = await World.of(1);
  let told = 0;
  using _ = world.pool.onChange(() => told++);
  await world.pass(3_000);
  assert.equal(told, 0);
  first(world).report = fakeReport({ models: { identity: "available" }, draining: true });
  await world.pass(1_500);
  assert.equal(told, 1);
});
