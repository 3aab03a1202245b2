// Places to load in are given out in order, and not to those who left.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoadSlots } from "./load-slots.ts";

const never = new AbortController().signal;

describe("load slots", () => {
  it("are given out in the order of asking, as far as there are any", async () => {
    const slots = new LoadSlots(1);
    const order: string[] = [];
    const first = await slots.acquire(never);
    const second = slots.acquire(never).then((slot) => {
      order.push("second");
      slot?.[Symbol.dispose]();
    });
    const third = slots.acquire(never).then(() => order.push("third"));
    assert.deepEqual(order, []);
    first?.[Symbol.dispose]();
    await Promise.all([second, third]);
    assert.deepEqual(order, ["second", "third"]);
  });

  it("are not given to who has left", async () => {
    const slots = new LoadSlots(1);
    const first = await slots.acquire(never);
    const leaving = new AbortController();
    const left = slots.acquire(leaving.signal);
    const next = slots.acquire(never);
    leaving.abort();
    assert.equal(await left, null);
    assert.equal(await slots.acquire(leaving.signal), null);
    first?.[Symbol.dispose]();
    assert.notEqual(await next, null);
  });
});
