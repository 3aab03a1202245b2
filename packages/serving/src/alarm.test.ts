// An alarm rings once, at the moment it was last set to.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "@sealserve/conformance/suites/virtual-clock";
import { Alarm } from "./alarm.ts";

describe("an alarm", () => {
  it("rings once at the moment that it was last set to", () => {
    const clock = new VirtualClock();
    const rung: number[] = [];
    const alarm = new Alarm({ clock, callback: () => rung.push(clock.now()) });
    alarm.set(5);
    alarm.set(3);
    alarm.set(3);
    assert.deepEqual([alarm.at, clock.timers], [3, 1]);
    clock.advance(10);
    assert.deepEqual([rung, alarm.at], [[3], Number.POSITIVE_INFINITY]);
    alarm.set(4);
    clock.advance(0);
    assert.deepEqual(rung, [3, 10]);
  });

  it("does not ring once it is set to nothing", () => {
    const clock = new VirtualClock();
    const alarm = new Alarm({ clock, callback: () => assert.fail("it rang") });
    alarm.set(5);
    alarm.set(Number.POSITIVE_INFINITY);
    clock.advance(10);
    assert.equal(clock.timers, 0);
  });
});
