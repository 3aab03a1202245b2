// Handlers that answer in parts: generators whose parts go out as they come, and what stops them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type InferenceResponse, isInferenceError } from "@sealserve/inference";
import { never, open, requestOf, textsOf } from "./testing/open-handler.ts";

type Part = readonly [index: number, text: string, next: unknown];
const next = ({ parameters }: InferenceResponse): unknown => parameters?.["http.header.ts_stream_next"] ?? null;

/** Opens, asks, and gives all parts and results. */
async function streamed(code: string, rows: readonly string[], isolation: "thread" | "process" = "thread") {
  await using runner = await open(code, { isolation });
  const parts: Part[] = [];
  const onPartial = (index: number, response: InferenceResponse): unknown =>
    parts.push([index, textsOf(response).join(), next(response)]);
  const results = await runner.run(
    rows.map((row) => requestOf([row])),
    never,
    { onPartial },
  );
  const last = results.map((result, index): Part => {
    assert.ok(!isInferenceError(result), String(result));
    return [index, textsOf(result).join(), next(result)];
  });
  return { parts, last };
}

const generator = (body: string) => `export async function* handle(rows, context) { ${body} }`;

describe("a handler that is an async generator", () => {
  for (const isolation of ["thread", "process"] as const) {
    it(`gives its parts, the last by return, in a ${isolation}`, async () => {
      const code = generator(`yield ["a"]; yield [{ b: 1 }]; return [rows[0].body.bytes];`);
      const { parts, last } = await streamed(code, ["end"], isolation);
      assert.deepEqual(parts, [
        [0, "a", "true"],
        [0, '{"b":1}', "true"],
      ]);
      assert.deepEqual(last, [[0, "end", "false"]]);
    });
  }

  it("ends with an empty part where it returns nothing, and streams nothing where it yields nothing", async () => {
    assert.deepEqual((await streamed(generator(`yield ["a"];`), ["x"])).last, [[0, "", "false"]]);
    assert.deepEqual(await streamed(generator(`return ["whole"];`), ["x"]), { parts: [], last: [[0, "whole", null]] });
  });

  it("gives each request of a batch its own, and nothing to one that has none", async () => {
    const body = `yield ["a", undefined]; yield ["b", undefined]; return [undefined, "only"];`;
    assert.deepEqual(await streamed(generator(body), ["x", "y"]), {
      parts: [
        [0, "a", "true"],
        [0, "b", "true"],
      ],
      last: [
        [0, "", "false"],
        [1, "only", null],
      ],
    });
  });

  it("may be postprocess or explain of a BaseHandler, and any iterable that is asynchronous", async () => {
    const code = `
      import { BaseHandler, type HandlerParts } from "@sealserve/engines/handler";
      export class Words extends BaseHandler<string, string[]> {
        preprocess(rows) { return rows[0].body.text(); }
        async inference(text) { return text.split(" "); }
        async *postprocess(words): HandlerParts { for (const word of words) yield [word]; }
      }`;
    const { parts } = await streamed(code, ["one two"]);
    assert.deepEqual(
      parts.map(([, text]) => text),
      ["one", "two"],
    );
    const iterable = `export const handle = () => new ReadableStream({ start(c) { c.enqueue(["a"]); c.close(); } });`;
    assert.deepEqual((await streamed(iterable, ["x"])).parts, [[0, "a", "true"]]);
  });

  it("sends status and headers with the first part", async () => {
    await using runner = await open(
      generator(`context.setResponseStatus(0, 201, "Made"); context.setResponseContentType(0, "text/x"); yield ["a"];`),
    );
    const given: unknown[] = [];
    const onPartial = (_: number, { parameters, outputs }: InferenceResponse): unknown =>
      given.push(parameters, outputs[0]?.parameters);
    await runner.run([requestOf(["x"])], never, { onPartial });
    const expected = { "http.status": 201, "http.reason": "Made", "http.header.ts_stream_next": "true" };
    assert.deepEqual(given, [expected, { content_type: "text/x" }]);
  });

  it("fails its batch by a throw or a part that is none, also after some, and the next is well", async () => {
    await using runner = await open(`
      import { PredictionError } from "@sealserve/engines/handler";
      ${generator(`
        const what = rows[0].body.text();
        try {
          yield ["a"];
          if (what === "throws") throw new PredictionError("no more", 422);
          if (what === "too many") yield ["b", "c"];
          if (what === "no list") yield "b";
          if (what === "no JSON") yield [() => 1];
        } finally { globalThis.ended = (globalThis.ended ?? 0) + 1; }
        return [String(globalThis.ended)];`)}`);
    for (const [what, status, reason] of [
      ["throws", 422, "no more"],
      ["too many", 503, "number of batch response mismatched"],
      ["no list", 503, "Invalid model predict output"],
      ["no JSON", 503, "Unsupported model output data type."],
    ] as const) {
      const facts = { model: "m", status, reason };
      await assert.rejects(runner.run([requestOf([what])], never), { code: "handler-failed", facts }, what);
    }
    const [well] = await runner.run([requestOf(["well"])], never);
    assert.deepEqual(textsOf(well), ["5"]);
  });

  it("that never ends is stopped when nobody wants more, and its next batch is well", async () => {
    const code = generator(`
      if (rows[0].body.text() === "count") return [String(globalThis.stopped)];
      try { for (let i = 0; ; i++) yield ["x".repeat(100_000)]; } finally { globalThis.stopped = true; }`);
    await using runner = await open(code);
    const leave = new AbortController();
    let parts = 0;
    const onPartial = (): void => void (++parts === 20 && leave.abort());
    await runner.run([requestOf(["endless"])], leave.signal, { onPartial });
    assert.ok(parts < 40, String(parts));
    const [count] = await runner.run([requestOf(["count"])], never);
    assert.deepEqual(textsOf(count), ["true"]);
  });

  it("has the whole response time for each part, and is ended where one takes longer", async () => {
    const code = generator(`
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      if (rows[0].body.text() === "hang") { yield ["a"]; await new Promise(() => {}); }
      for (let i = 0; i < 4; i++) { await pause(150); yield ["a"]; }`);
    await using runner = await open(code, { responseTimeout: 400 });
    await runner.run([requestOf(["slow"])], never);
    await assert.rejects(runner.run([requestOf(["hang"])], never), { code: "deadline-exceeded" });
  });
});
