// The clock of the machine, as far as a test can know it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "./clock.ts";

describe("the system clock", () => {
  it("calls back after the delay, and not when cancelled", async () => {
    const clock = systemClock();
    const begun = clock.now();
    clock.setTimer(5, () => assert.fail("it was cancelled")).cancel();
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    // Timers count whole milliseconds, so they may be one early.
    assert.ok(clock.now() - begun >= 9, `${clock.now() - begun} ms`);
  });

  it("does not take a delay that is too long for the platform as none", async () => {
    const clock = systemClock();
    const timer = clock.setTimer(Number.POSITIVE_INFINITY, () => assert.fail("it came at once"));
    await new Promise<void>((resolve) => clock.setTimer(5, resolve));
    timer.cancel();
  });

  it("knows the date", () => {
    assert.ok(systemClock().epoch() > Date.UTC(2024, 0));
  });
});
