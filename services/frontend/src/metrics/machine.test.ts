// The machine's figures are plausible, and its load is that of the time between two readings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { processorShare, systemMachine } from "./machine.ts";

test("this machine has memory, a disk and processors", () => {
  const machine = systemMachine();
  for (const { total, available } of [machine.memory(), machine.disk()]) assert.ok(0 < available && available < total);
  const { busy, total } = machine.processors();
  assert.ok(0 < busy && busy < total);
});

test("the share is that since the last reading, and stays where no time has passed", () => {
  const readings = [
    { busy: 100, total: 1000 },
    { busy: 150, total: 1100 },
    { busy: 150, total: 1100 },
    { busy: 160, total: 1200 },
  ];
  const share = processorShare({
    processors: () => readings.shift() ?? { busy: 0, total: 0 },
    memory: () => ({ total: 0, available: 0 }),
    disk: () => ({ total: 0, available: 0 }),
  });
  assert.deepEqual([share(), share(), share()], [0.5, 0.5, 0.1]);
});
