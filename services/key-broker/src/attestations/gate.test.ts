// The gate: so many run, so many wait in line, and the rest is sent away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "./gate.ts";

function setUp() {
  const gate = new Gate({ maxRunning: 2, maxPending: 4 });
  const running: (() => void)[] = [];
  const begun: number[] = [];
  const pass = (number: number, fails = false): Promise<number> =>
    gate.pass(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => running.push(resolve));
      if (fails) throw new RangeError();
      return number;
    });
  return { pass, begun, end: () => running.shift()?.() };
}

test("those that wait come in their order, each when one before it has ended, also where that failed", async () => {
  const { pass, begun, end } = setUp();
  const [first, second, third, fourth] = [pass(1, true), pass(2), pass(3), pass(4)];
  assert.deepEqual(begun, [1, 2]);
  await assert.rejects(pass(5), { code: "too-many-requests" });
  end();
  await assert.rejects(first ?? Promise.resolve(), RangeError);
  assert.deepEqual(begun, [1, 2, 3]);
  const fifth = pass(5);
  assert.deepEqual(begun, [1, 2, 3]);
  end();
  await second;
  end();
  await third;
  assert.deepEqual(begun, [1, 2, 3, 4, 5]);
  end();
  end();
  assert.deepEqual(await Promise.all([fourth, fifth]), [4, 5]);
});
