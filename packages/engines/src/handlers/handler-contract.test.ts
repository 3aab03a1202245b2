// What a handler is asked for besides predictions, and what it finds in its context: TorchServe's contract, in TypeScript.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { headersToParameters, isInferenceError } from "@sealserve/inference";
import type { EngineEvent } from "../hosting/instance-pool.ts";
import { ask, never, open, requestOf } from "./testing/open-handler.ts";

const headed = (headers: Readonly<Record<string, string>>, rows = ["x"], id = "one") =>
  requestOf(rows, { id, parameters: headersToParameters(headers) });

const base = (methods: string) => `
  import { BaseHandler } from "@sealserve/engines/handler";
  export class Model extends BaseHandler<unknown, unknown> {
    preprocess(rows) { return rows.map((row) => row.body?.text()); }
    async inference(inputs) { return inputs; }
    postprocess(outputs) { return outputs; }
    ${methods}
  }`;

describe("a handler that is asked", () => {
  it("for explanations gives them by its method, for predictions by handle", async () => {
    await using runner = await open(base(`explain(rows) { return rows.map((row) => "why " + row.body.text()); }`));
    assert.deepEqual(await ask(runner, headed({ explain: "True" }), headed({ Explain: "True" })), [
      ["why x"],
      ["why x"],
    ]);
    assert.deepEqual(await ask(runner, headed({ explain: "False" })), [["x"]]);
  });

  it("for explanations that it has none of says so", async () => {
    await using runner = await open(base(""));
    await assert.rejects(runner.run([headed({ explain: "True" })], never), {
      code: "handler-failed",
      facts: { model: "m", status: 501, reason: "this model gives no explanations" },
    });
  });

  it("to describe itself gives what its method says, and an empty object without one", async () => {
    const describing = { ...headed({ describe: "True" }), inputs: [] };
    await using runner = await open(base(`describe(context) { return { labels: 3, model: context.modelName }; }`));
    assert.deepEqual(await ask(runner, describing), [['{"labels":3,"model":"m"}']]);
    await using silent = await open(base(""));
    assert.deepEqual(await ask(silent, describing), [["{}"]]);
  });

  it("as a function finds what it is asked for in the headers", async () => {
    await using runner = await open(`export const handle = (rows, context) =>
      rows.map((row, i) => [context.requestHeader(i, "explain"), context.requestHeader(i, "DESCRIBE"), Object.keys(row)]);`);
    assert.deepEqual(await ask(runner, headed({ explain: "True" })), [['["True",null,["body"]]']]);
    assert.deepEqual(await ask(runner, { ...headed({ describe: "True" }), inputs: [] }), [['[null,"True",[]]']]);
  });
});

describe("the context of a handler", () => {
  it("knows headers in any case, and sequences by the header that the server names", async () => {
    const code = `export const handle = (rows, context) =>
      rows.map((_, i) => [context.sequenceId(i), context.requestHeader(i, "x-tOLD"), context.requestHeaders(i)]);`;
    await using runner = await open(code);
    const answers = await ask(runner, headed({ ts_request_sequence_id: "s1", "X-Told": "a" }), headed({}));
    assert.deepEqual(answers, [['["s1","a",{"ts_request_sequence_id":"s1","x-told":"a"}]'], ['["",null,{}]']]);
    await using named = await open(code, { sequenceIdHeader: "x-sequence" });
    assert.match((await ask(named, headed({ "X-Sequence": "s2" })))[0]?.[0] ?? "", /^\["s2",/);
  });

  it("takes statuses from 200 to 999 with their phrases, the last of which holds", async () => {
    await using runner = await open(`export function handle(rows, context) {
      context.setResponseStatus(0, 299, "Nearly");
      context.setResponseStatus(1, 418, "Teapot");
      context.setResponseStatus(1, 999);
      return rows.map(() => "");
    }`);
    const [one, two] = await runner.run([requestOf(["a"]), requestOf(["b"])], never);
    assert.ok(one && !isInferenceError(one) && two && !isInferenceError(two));
    assert.deepEqual(one.parameters, { "http.status": 299, "http.reason": "Nearly" });
    assert.deepEqual(two.parameters, { "http.status": 999 });
  });
});

describe("the metrics of a handler", () => {
  const metricsOf = async (code: string, requests = [headed({}, ["x"], "one"), headed({}, ["y"], "two")]) => {
    const seen: Extract<EngineEvent, { type: "metric" }>[] = [];
    const onEvent = (event: EngineEvent): unknown => event.type === "metric" && seen.push(event);
    await using runner = await open(code, { onEvent });
    await runner.run(requests, never).catch((error) => assert.ok(isInferenceError(error)));
    return seen;
  };
  const giving = (lines: string) =>
    `export function handle(rows, { metrics }) { ${lines}; return rows.map(() => ""); }`;

  it("have TorchServe's names, units, dimensions and requests", async () => {
    const seen = await metricsOf(
      giving(`
        metrics.addCounter("Seen", 2, { row: 1, dimensions: { Kind: "cat" } });
        metrics.addGauge("Depth", 0.5);
        metrics.addTime("Waited", 3, { unit: "s", kind: "histogram" });
        metrics.addTime("Took", 4);
        metrics.addSize("Read", 5);
        metrics.addPercent("Full", 6);
        metrics.addError("Odd", 1);
        metrics.addMetric("Own", 7, "furlong")`),
    );
    const own = { ModelName: "m", Level: "Model" };
    assert.deepEqual(
      seen
        .slice(0, -1)
        .map(({ name, value, unit, kind, dimensions, requestId }) => [
          ...[name, value, unit, kind],
          dimensions,
          requestId,
        ]),
      [
        ["Seen", 2, "Count", "counter", { Kind: "cat", ...own }, "two"],
        ["Depth", 0.5, "unit", "gauge", own, "one,two"],
        ["Waited", 3, "Seconds", "histogram", own, "one,two"],
        ["Took", 4, "Milliseconds", "gauge", own, "one,two"],
        ["Read", 5, "Megabytes", "gauge", own, "one,two"],
        ["Full", 6, "Percent", "gauge", own, "one,two"],
        ["Odd", 1, "unit", "counter", { Level: "Error" }, null],
        ["Own", 7, "furlong", "counter", own, "one,two"],
      ],
    );
    const last = seen.at(-1);
    assert.deepEqual([last?.name, last?.unit, last?.kind], ["PredictionTime", "Milliseconds", "gauge"]);
    assert.ok(last && last.hostname !== "" && Math.abs(last.time - Date.now() / 1000) < 60);
  });

  it("tell how long a handler took, and those of one that failed come too", async () => {
    const names = (seen: readonly { name: string }[]) => seen.map(({ name }) => name);
    assert.deepEqual(names(await metricsOf(base(""))), ["HandlerTime", "PredictionTime"]);
    assert.deepEqual(names(await metricsOf(giving(`metrics.addError("Odd", 1); throw 1`))), ["Odd"]);
  });

  it("that are no metrics fail the batch, and values that are none are left out", async () => {
    for (const bad of [
      `metrics.addCounter("a|b", 1)`,
      `metrics.addTime("t", 1, { unit: "h" })`,
      `metrics.addCounter("a", 1, { dimensions: { "x:y": "" } })`,
      `metrics.addCounter("a", 1, { row: 2 })`,
    ]) {
      assert.deepEqual(await metricsOf(giving(bad)), [], bad);
    }
    const seen = await metricsOf(giving(`metrics.addCounter("a", -1); metrics.addGauge("b", NaN)`));
    assert.deepEqual(
      seen.map(({ name }) => name),
      ["PredictionTime"],
    );
  });
});
