// Who gets the next request, and what a slow backend gets of many.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Load, leastLoaded } from "./least-loaded.ts";
import { Pace } from "./pace.ts";

const first = (): number => 0.999;

for (const [what, loads, chosen] of [
  ["nobody", [], null],
  ["the one with the least outstanding", [load(2), load(1), load(3)], 1],
  ["twice as slow is as fast", [load(1, 10), load(0, 20)], 1],
  ["one that is slower counts as fuller, in proportion", [load(2, 10), load(0, 31)], 0],
  ["a slow one is better than a very full one", [load(9, 10), load(0, 50)], 1],
  ["of whom nothing is known is as fast as the fastest", [load(1, 10), load(0, 0)], 1],
] as const) {
  test(what, () => {
    const choice = leastLoaded(loads, first);
    assert.equal(choice === null ? null : (loads as readonly Load[]).indexOf(choice), chosen);
  });
}

function load(outstanding: number, pace = 0): Load {
  return { outstanding, pace };
}

test("ties go at random, to each as often", () => {
  const loads = [load(1), load(1), load(5), load(1)];
  const counts = [0, 0, 0, 0];
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let i = 0; i < 3_000; i++) {
    const choice = leastLoaded(loads, random);
    counts[choice ? loads.indexOf(choice) : 2] = (counts[choice ? loads.indexOf(choice) : 2] ?? 0) + 1;
  }
  assert.equal(counts[2], 0);
  for (const i of [0, 1, 3]) assert.ok(Math.abs((counts[i] ?? 0) - 1_000) < 120, `${counts}`);
});

test("the pace is the average of late, or how long the oldest request has waited, and is forgotten with time", () => {
  const pace = new Pace();
  assert.equal(pace.of("m", 0), 0);
  pace.begin("m", 0)(10);
  assert.equal(pace.of("m", 10), 10);
  pace.begin("m", 10)(30);
  assert.equal(pace.of("m", 30), 15);
  pace.begin("m", 20)(30);
  assert.equal(pace.of("m", 30), 14);
  assert.equal(pace.of("other", 30), 0);
  assert.equal(pace.of("m", 5_030), 7);
  const failed = pace.begin("m", 5_030);
  pace.begin("m", 5_040);
  assert.equal(pace.of("m", 5_130), 100);
  failed(null);
  assert.equal(pace.of("m", 5_130), 90);
});
