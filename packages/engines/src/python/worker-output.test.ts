// What a worker prints: metrics, lines cut and left out, and why it ended.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EngineMetric } from "../hosting/engine-metric.ts";
import { MetricLines } from "./metric-line.ts";
import { LineSplitter } from "./output-lines.ts";
import { WorkerOutput } from "./worker-output.ts";

describe("a metric line", () => {
  const parseMetricLine = (line: string): EngineMetric | null => new MetricLines().parse(line);

  it("is what the real worker prints", () => {
    const line =
      "[METRICS]PredictionTime.Milliseconds:0.25|#ModelName:m,Level:Model|#type:GAUGE|#hostname:vm,1795411553,r1";
    const metric = parseMetricLine(line);
    assert.deepEqual(
      { ...metric, dimensions: { ...metric?.dimensions } },
      {
        name: "PredictionTime",
        unit: "Milliseconds",
        value: 0.25,
        kind: "gauge",
        dimensions: { ModelName: "m", Level: "Model" },
        hostname: "vm",
        time: 1795411553,
        requestId: "r1",
      },
    );
  });

  it("may lack a type, a request and dimensions, and name several requests", () => {
    assert.equal(parseMetricLine("[METRICS]A.Count:1e-3|#|#hostname:h,1")?.kind, "counter");
    assert.equal(parseMetricLine("[METRICS]A.Count:1|#|#hostname:h,1")?.requestId, null);
    assert.equal(parseMetricLine("[METRICS]A.Count:-1|#a:b:c|#type:HISTOGRAM|#hostname:h,1,r1,r2")?.requestId, "r1,r2");
    assert.equal(parseMetricLine("[METRICS]A.Count:1|#a:b:c|#hostname:h,1")?.dimensions["a"], "b:c");
    assert.equal(parseMetricLine("[METRICS]A.Count:1|#hostname:g,b:c|#hostname:h,1")?.hostname, "h");
    assert.equal(parseMetricLine("[METRICS]A.Count:1|#|#hostname:h,1,|#hostname:g,2")?.hostname, "h");
  });

  it("has its own value, time and request, however many lines and metrics came before it", () => {
    const lines = new MetricLines();
    for (let i = 0; i < 1000; i++) {
      const line = `[METRICS]A${i % 300}.Count:${i}|#Level:${i % 2}|#hostname:h,${i + 1},r${i}`;
      const { name, value, dimensions, time, requestId } = lines.parse(line) ?? assert.fail(line);
      assert.deepEqual(
        [name, value, dimensions["Level"], time, requestId],
        [`A${i % 300}`, i, `${i % 2}`, i + 1, `r${i}`],
      );
    }
    assert.equal(lines.parse("[METRICS]A1.Count:one|#Level:1|#hostname:h,1"), null);
    assert.equal(lines.parse("[METRICS]A1.Count:1|#Level:1|#hostname:h,1s"), null);
  });

  for (const line of [
    "A.Count:1|#|#hostname:h,1",
    "[METRICS]A.Count:|#|#hostname:h,1",
    "[METRICS]A.Count:1|#a:b,c:d|#hostname:h",
    "[METRICS]A|B.Count:1|#|#hostname:h,1",
    "[METRICS]A.Count|#:1|#hostname:h,1",
    "[METRICS]",
    "[METRICS]A:1|#|#hostname:h,1",
    "[METRICS]A.Count:one|#|#hostname:h,1",
    "[METRICS]A.Count:1.2.3|#|#hostname:h,1",
    "[METRICS]A.Count:1|#|#type:TIMER|#hostname:h,1",
    "[METRICS]A.Count:1|#",
  ]) {
    it(`is not ${line}`, () => assert.equal(parseMetricLine(line), null));
  }
});

describe("the lines of a worker", () => {
  it("are the same in pieces of any size, cut at their longest", () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n") }));
    fc.assert(
      fc.property(pieces, (all) => {
        const found: string[] = [];
        const splitter = new LineSplitter(5, (line) => found.push(line));
        for (const piece of all) splitter.push(piece);
        splitter.end();
        const lines = all.join("").split("\n");
        if (lines.at(-1) === "") lines.pop();
        assert.deepEqual(
          found,
          lines.map((line) => line.slice(0, 5)),
        );
      }),
    );
  });

  it("of a flood are left out and counted; others come again with the next second", () => {
    let now = 0;
    const { output, texts } = listen(() => now);
    for (let i = 0; i < 500; i++) output.line(`line ${i}`);
    assert.equal(texts.length, 200);
    now = 1000;
    output.line("after");
    assert.deepEqual(texts.slice(200), ["(300 lines were left out)\n", "after\n"]);
  });

  it("may hold more metrics than a busy worker prints; of a flood of them, too, some are left out and counted", () => {
    let now = 0;
    const { output, texts, metrics } = listen(() => now);
    const line = "[METRICS]A.Count:1|#|#hostname:h,1";
    for (let i = 0; i < 50_001; i++) output.line(line);
    assert.deepEqual([metrics.length, texts], [50_000, []]);
    now = 1000;
    output.line(line);
    assert.deepEqual([metrics.length, texts], [50_001, ["(1 metrics were left out)\n"]]);
  });

  it("tell that it listens, and metrics apart from them", () => {
    const { output, texts, metrics, seen } = listen(() => 0);
    output.line("2026 INFO Torch worker started.");
    output.line("[METRICS]A.Count:1|#|#hostname:h,1");
    output.line("[METRICS]of nothing");
    output.line("Backend received inference at: 1795411553");
    assert.equal(seen.started, 1);
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ["A"],
    );
    assert.deepEqual(texts, ["2026 INFO Torch worker started.\n", "[METRICS]of nothing\n"]);
  });

  it("say why it ended: by the handler's own exception, not by what the worker throws after that", () => {
    const { output } = listen(() => 0);
    assert.equal(output.exception(), null);
    output.line("ModuleNotFoundError: No module named 'transformers'");
    output.line("During handling of the above exception, another exception occurred:");
    output.line("ModuleNotFoundError: No module named 'ts.torch_handler.h'");
    output.line("RuntimeError: 500 - Unknown exception");
    assert.equal(output.exception(), "ModuleNotFoundError: No module named 'transformers'");
  });
});

function listen(now: () => number) {
  const texts: string[] = [];
  const metrics: EngineMetric[] = [];
  const seen = { started: 0 };
  const output = new WorkerOutput({
    now,
    onStarted: () => seen.started++,
    onMetric: (metric) => metrics.push(metric),
    onText: (text) => texts.push(text),
  });
  return { output, texts, metrics, seen };
}
