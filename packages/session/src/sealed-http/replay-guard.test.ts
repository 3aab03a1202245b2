// Nothing is admitted twice, however many others come between and whatever becomes of the clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rememberRequests } from "./replay-guard.ts";

const window = 1000;
const start = 1_000_000;

function guard(entries: number) {
  const clock = { now: start };
  const replays = rememberRequests({ entries, window }, { epoch: () => clock.now });
  const admit = (id: number, time = clock.now) => replays.admit(new Uint8Array(32).fill(id), time);
  return { clock, admit };
}

test("is refused as long as it is remembered, and then because of its time", () => {
  const { admit } = guard(10);
  for (const time of [start - window, start, start + window]) {
    const { clock: own, admit: first } = guard(10);
    assert.equal(first(1, time), "admitted");
    for (const later of [0, 1, window, 2 * window, 2 * window + 1, 10 * window]) {
      own.now = start + later;
      assert.notEqual(first(1, time), "admitted", `time ${time - start}, ${later} ms later`);
    }
  }
  assert.equal(admit(1, start - window - 1), "late");
  assert.equal(admit(1, start + window + 1), "late");
  assert.equal(admit(1, Number.NaN), "late");
});

test("where it is full, others are refused, and nobody is forgotten for them", () => {
  const { clock, admit } = guard(2);
  assert.deepEqual([admit(1), admit(2), admit(3)], ["admitted", "admitted", "full"]);
  assert.deepEqual([admit(1), admit(2)], ["replayed", "replayed"]);
  clock.now += 2 * window + 1;
  assert.equal(admit(3), "admitted");
  assert.equal(admit(1, start), "late");
});

test("a clock that is put forward and back again forgets nothing that it would take again", () => {
  const { clock, admit } = guard(2);
  assert.equal(admit(1), "admitted");
  clock.now += 10 * window;
  assert.equal(admit(2), "admitted");
  clock.now = start;
  assert.equal(admit(1, start), "late");
});
