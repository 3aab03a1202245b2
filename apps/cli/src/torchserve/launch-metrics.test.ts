// How often the machine's metrics are written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readProperties } from "@sealserve/migration";
import { metricLog } from "./launch-metrics.ts";

test("an interval that is none counts as not said", () => {
  const file = { write: () => {} };
  const logs = { serverMetrics: file, modelMetrics: file };
  for (const [text, seconds] of [
    ["metric_time_interval=5", 5],
    ["metric_time_interval=0", 60],
    ["metric_time_interval=-3", 60],
    ["", 60],
  ] as const) {
    assert.equal(metricLog(readProperties(text, {}).properties, logs, () => 0).interval, seconds * 1000, text);
  }
});
