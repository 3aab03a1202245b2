// Metrics of models on several backends: what is summed, what goes with its process, and who is not waited for.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackendModelMetrics, ModelMetricFamily } from "@sealserve/protocols/mesh";
import { modelMetricText, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { GatheredModelMetrics } from "./gathered-model-metrics.ts";

const clock = systemClock();
const parts = { clock, logger: silentLogger() };

function told(instance: string, rows: number, host = "here"): BackendModelMetrics {
  const family = (name: string, kind: ModelMetricFamily["kind"]) => ({
    ...{ name, kind, unit: "Count", labels: ["Hostname"] },
    series: [{ values: [host], value: rows, age: 0, counts: null }],
  });
  return { instance, metrics: [family("Rows", "counter"), family("Heat", "gauge")] };
}

class Backend {
  readonly url: string;
  answer: BackendModelMetrics | null | Error | "silent";

  constructor(url: string, answer: Backend["answer"]) {
    this.url = url;
    this.answer = answer;
  }

  async modelMetrics(signal: AbortSignal): Promise<BackendModelMetrics | null> {
    const { answer } = this;
    if (answer instanceof Error) throw answer;
    if (answer !== "silent") return answer;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
}

async function lines(gathered: GatheredModelMetrics): Promise<string[]> {
  const text = (await gathered.read()).map(modelMetricText).join("");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("sums of a process that is gone, or does not answer, stay; its gauges go", async () => {
  const [a, b] = [new Backend("a", told("1", 2, "here")), new Backend("b", told("2", 3, "there"))];
  const gathered = new GatheredModelMetrics({ timeout: 50 }, { ...parts, backends: () => [a, b] });
  const both = ['Rows{Hostname="here"} 2', 'Rows{Hostname="there"} 3', 'Heat{Hostname="here"} 2'];
  assert.deepEqual(await lines(gathered), [...both, 'Heat{Hostname="there"} 3']);
  b.answer = "silent";
  assert.deepEqual(await lines(gathered), [
    'Rows{Hostname="there"} 3',
    'Rows{Hostname="here"} 2',
    'Heat{Hostname="here"} 2',
  ]);
  b.answer = new Error("away");
  assert.ok((await lines(gathered)).includes('Rows{Hostname="there"} 3'));
  b.answer = told("2", 5, "there");
  assert.ok((await lines(gathered)).includes('Rows{Hostname="there"} 5'), "the same process goes on where it was");
  b.answer = told("3", 1, "there");
  assert.ok((await lines(gathered)).includes('Rows{Hostname="there"} 6'), "another one begins anew");
  b.answer = null;
  assert.ok((await lines(gathered)).includes('Rows{Hostname="there"} 6'));
});

test("counters never go back, however many processes come and go", async () => {
  const backend = new Backend("a", null);
  const gathered = new GatheredModelMetrics({ timeout: 50 }, { ...parts, backends: () => [backend] });
  for (let i = 1; i <= 100; i++) {
    backend.answer = told(String(i), 1);
    assert.ok((await lines(gathered)).includes(`Rows{Hostname="here"} ${i}`), String(i));
  }
});

test("one process that is found under two addresses counts once", async () => {
  const backends = [new Backend("a", told("1", 2)), new Backend("b", told("1", 2))];
  const gathered = new GatheredModelMetrics({ timeout: 50 }, { ...parts, backends: () => backends });
  assert.ok((await lines(gathered)).includes('Rows{Hostname="here"} 2'));
});

test("those who ask together ask the backends once", async () => {
  let asked = 0;
  const backend = new Backend("a", told("1", 2));
  const backends = () => {
    asked++;
    return [backend];
  };
  const gathered = new GatheredModelMetrics({ timeout: 50 }, { ...parts, backends });
  await Promise.all([gathered.read(), gathered.read()]);
  assert.equal(asked, 1);
  await gathered.read();
  assert.equal(asked, 2);
});
