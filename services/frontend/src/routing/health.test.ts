// When a backend is thrown out and let back in: the table, and what holds of every course of events.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Health, type HealthEvent, type HealthOptions, healthy, nextHealth } from "./health.ts";

const options: HealthOptions = { maxFailures: 3, maxMissed: 2, ejection: 100, longestEjection: 1_000 };
const now = 5_000;
const inside = (failures: number, missed: number, ejections = 0): Health => ({
  ...{ state: "in", failures, missed, ejections },
});
const trial = (missed: number, ejections: number): Health => ({ state: "trial", missed, ejections });
const out = (until: number, ejections: number): Health => ({ state: "out", until, ejections });

for (const [from, event, to] of [
  [inside(0, 0), "answered", inside(0, 0)],
  [inside(2, 1), "answered", inside(0, 0)],
  [inside(0, 0), "failed", inside(1, 0)],
  [inside(2, 0), "failed", out(now + 100, 1)],
  [inside(2, 1), "reported", inside(2, 0)],
  [inside(0, 0), "silent", inside(0, 1)],
  [inside(0, 1), "silent", out(now, 0)],
  [trial(0, 1), "answered", inside(0, 0)],
  [trial(1, 1), "answered", inside(0, 0)],
  [trial(0, 1), "failed", out(now + 200, 2)],
  [trial(0, 4), "failed", out(now + 1_000, 5)],
  [trial(1, 2), "reported", trial(0, 2)],
  [trial(0, 2), "silent", trial(1, 2)],
  [trial(1, 2), "silent", out(now, 2)],
  [out(now + 1, 2), "reported", out(now + 1, 2)],
  [out(now, 2), "reported", trial(0, 2)],
  [out(now, 2), "answered", out(now, 2)],
  [out(now, 2), "failed", out(now, 2)],
  [out(now, 2), "silent", out(now, 2)],
] satisfies readonly (readonly [Health, HealthEvent, Health])[]) {
  test(`${JSON.stringify(from)} and '${event}' → ${to.state}`, () => {
    assert.deepEqual(nextHealth(from, event, now, options), to);
  });
}

const events = fc.array(
  fc.record({
    event: fc.constantFrom<HealthEvent>("answered", "failed", "reported", "silent"),
    after: fc.integer({ min: 0, max: 400 }),
  }),
  { maxLength: 200 },
);

test("whatever happens: never out for longer than the longest time, back only by a report, and well again after one good round", () => {
  fc.assert(
    fc.property(events, (course) => {
      let health: Health = healthy;
      let at = 0;
      for (const { event, after } of course) {
        at += after;
        const next = nextHealth(health, event, at, options);
        if (next.state === "out") assert.ok(next.until - at <= options.longestEjection);
        if (health.state === "out" && next.state !== "out") assert.equal(event, "reported");
        if (next.state === "in") assert.ok(next.failures < options.maxFailures && next.missed < options.maxMissed);
        health = next;
      }
      at += options.longestEjection;
      health = nextHealth(nextHealth(health, "reported", at, options), "answered", at, options);
      assert.deepEqual(health, healthy);
    }),
  );
});

test("each time that it fails again at once it is out for twice as long", () => {
  let health: Health = healthy;
  let at = 0;
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    while (health.state !== "out") health = nextHealth(health, "failed", at, options);
    times.push(health.until - at);
    at = health.until;
    health = nextHealth(health, "reported", at, options);
  }
  assert.deepEqual(times, [100, 200, 400, 800, 1_000, 1_000]);
});
