// When an instance counts as quick.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Pace } from "./pace.ts";

it("is quick while its batches take less than 2 ms on average, each from the end of the one before", () => {
  let now = 0;
  const pace = new Pace({ now: () => now });
  const take = (duration: number): void => {
    const over = pace.begin();
    now += duration;
    over();
  };
  assert.equal(pace.isQuick, false);
  take(1);
  assert.equal(pace.isQuick, true);
  take(100);
  assert.equal(pace.isQuick, false);
  for (let i = 0; i < 20; i++) take(1);
  assert.equal(pace.isQuick, true);
  // Ten that are sent at once and answered one after another, 1 ms each.
  const all = Array.from({ length: 10 }, () => pace.begin());
  for (const over of all) {
    now += 1;
    over();
  }
  assert.equal(pace.isQuick, true);
});
