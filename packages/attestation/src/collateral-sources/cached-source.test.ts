// A cache of collateral: one question for many callers, service while the source is down, and nothing beyond the window.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMockIntel } from "@sealserve/mock-tee";
import type { Collateral, CollateralRequest, CollateralSource } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { type CacheOptions, type CacheServed, cachedSource } from "./cached-source.ts";

const hour = 60 * 60 * 1000;
const day = 24 * hour;
const start = new Date("2026-11-20T12:00:00Z").getTime();
const request = {
  kind: "dcap",
  tee: "tdx",
  fmspc: "00906ed50000",
  ca: "platform",
} as const satisfies CollateralRequest;
const down = new CollateralError("unavailable", { source: "test", reason: "down" });
const { signal } = new AbortController();

class Scene implements CollateralSource {
  time = start;
  asked = 0;
  fault: Error | null = null;
  readonly served: CacheServed["from"][] = [];
  readonly cache: CollateralSource;
  readonly #mock = createMockIntel({}, { now: () => new Date(this.time) });

  constructor(options: CacheOptions = {}) {
    const clock = { now: () => new Date(this.time) };
    this.cache = cachedSource(this, options, { clock, observe: ({ from }) => this.served.push(from) });
  }

  async fetch(): Promise<Collateral> {
    this.asked++;
    if (this.fault) throw this.fault;
    return this.#mock.collateral("tdx");
  }

  get(): Promise<Collateral> {
    return this.cache.fetch(request, signal);
  }
}

test("asks again only after its time", async () => {
  const scene = new Scene();
  const first = await scene.get();
  scene.time += hour - 1;
  assert.equal(await scene.get(), first);
  scene.time += 1;
  assert.notEqual(await scene.get(), first);
  assert.deepEqual([scene.asked, scene.served], [2, ["source", "cache", "source"]]);
});

test("asks once for many who ask at the same time", async () => {
  const scene = new Scene();
  await Promise.all([scene.get(), scene.get(), scene.get()]);
  assert.equal(scene.asked, 1);
});

test("a caller that gives up does not end the question of the others", async () => {
  const scene = new Scene();
  const given = new AbortController();
  const one = scene.cache.fetch(request, given.signal);
  const other = scene.get();
  given.abort(new RangeError("enough"));
  await assert.rejects(one, RangeError);
  assert.equal((await other).kind, "dcap");
});

test("B15 serves on while the source is down, up to the last moment of the window, and says so", async () => {
  const scene = new Scene();
  const kept = await scene.get();
  scene.fault = down;
  scene.time = start + 29 * day;
  assert.equal(await scene.get(), kept);
  assert.equal(scene.served.at(-1), "cache-while-down");
  scene.time += 1;
  await assert.rejects(scene.get(), { code: "unavailable" });
});

test("a source that is down is left alone for a while: a minute, or as long as it says", async () => {
  const scene = new Scene();
  await scene.get();
  const askAfter = async (time: number): Promise<number> => {
    scene.time += time;
    await scene.get();
    return scene.asked;
  };
  scene.fault = down;
  assert.equal(await askAfter(hour), 2);
  assert.equal(await askAfter(59_999), 2);
  scene.fault = new CollateralError("unavailable", { source: "test", reason: "too many", retryAfter: 300 });
  assert.equal(await askAfter(1), 3);
  assert.equal(await askAfter(299_999), 3);
  assert.equal(await askAfter(1), 4);
});

test("B15 with nothing kept, a source that is down is down", async () => {
  const scene = new Scene();
  scene.fault = down;
  await assert.rejects(scene.get(), { code: "unavailable" });
  scene.fault = null;
  assert.equal((await scene.get()).kind, "dcap");
});

test("an unknown error is not hidden behind what is kept", async () => {
  const scene = new Scene();
  await scene.get();
  scene.fault = new TypeError("a bug");
  scene.time += hour;
  await assert.rejects(scene.get(), TypeError);
});

test("B17 a clock that went backwards asks the source again, and serves nothing from the future", async () => {
  const scene = new Scene();
  await scene.get();
  scene.fault = down;
  scene.time = start - 2 * day;
  await assert.rejects(scene.get(), { code: "unavailable" });
  assert.equal(scene.asked, 2);
});

test("keeps no more platforms than allowed: the one unused for longest goes", async () => {
  const scene = new Scene({ capacity: 2 });
  const ask = (fmspc: string) => scene.cache.fetch({ ...request, fmspc }, signal);
  for (const fmspc of ["a", "b", "a", "c", "a"]) await ask(fmspc);
  assert.deepEqual(scene.served, ["source", "source", "cache", "source", "cache"]);
  await ask("b");
  assert.equal(scene.served.at(-1), "source");
});
