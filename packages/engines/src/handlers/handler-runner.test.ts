// Handlers on the engine's own thread: the contract, what a broken one does to its batch, and that the engine recovers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isInferenceError } from "@sealserve/inference";
import { linearModel } from "../../../../conformance/fixtures/onnx-model.ts";
import { ask, never, open, requestOf, textsOf } from "./testing/open-handler.ts";

const failure = (status: number, reason: string) => (error: unknown) => {
  assert.ok(isInferenceError(error) && error.code === "handler-failed", String(error));
  assert.deepEqual(error.facts, { model: "m", status, reason });
  return true;
};

const echo = `export function handle(rows) { return rows.map((row) => row.body.text()); }`;

describe("a handler", () => {
  it("in TypeScript runs the archive's model between preprocess and postprocess", async () => {
    const code = `
      import { BaseHandler, type HandlerRow, type ModelContext, type NamedTensors } from "@sealserve/engines/handler";
      import { labels } from "./lib/labels.ts";
      export class Classifier extends BaseHandler {
        #unit = "";
        override initialize({ settings, files, modelName, modelVersion }: ModelContext): void {
          this.#unit = [settings.unit, files.text("note.txt"), modelName, modelVersion].join();
        }
        preprocess(rows: readonly HandlerRow[]): NamedTensors {
          const data = Float32Array.from(rows.flatMap((row) => row.body.json() as number[]));
          return { input: { datatype: "FP32", shape: [rows.length, 2], data } };
        }
        postprocess({ output }: NamedTensors): readonly unknown[] {
          const [rows, classes] = output.shape;
          return Array.from({ length: rows }, (_, i) => ({
            label: labels[output.data.slice(i * classes, (i + 1) * classes).findIndex((v: number) => v > 0)],
            unit: this.#unit,
          }));
        }
      }`;
    const files = {
      "handler.ts": code,
      "lib/labels.ts": `export const labels: string[] = ["minus", "plus"];`,
      "note.txt": "note",
      "m.onnx": linearModel(2, 2, [-1, 1, -1, 1]),
    };
    await using runner = await open(files, { serializedFile: "m.onnx", settings: { unit: "u" } });
    const answers = await ask(runner, requestOf(["[1, 2]", "[-3, 1]"]), requestOf(["[0, -1]"]));
    const of = (label: string) => JSON.stringify({ label, unit: "u,note,m,1" });
    assert.deepEqual(answers, [[of("plus"), of("minus")], [of("minus")]]);
  });

  it("is a model of fields, of the batch size that was set", async () => {
    await using runner = await open(echo);
    assert.deepEqual(runner.metadata(), {
      name: "m",
      version: "1",
      versions: ["1"],
      platform: "sealserve_handler",
      kind: "fields",
      maxBatchSize: 8,
      inputs: [{ name: "data", datatype: "BYTES", shape: [-1] }],
      outputs: [{ name: "prediction", datatype: "BYTES", shape: [-1] }],
    });
  });

  it("may be JavaScript, use packages and node: modules, and run in a process of its own", async () => {
    const code = `
      import sharp from "sharp";
      import { createHash } from "node:crypto";
      export default class { handle(rows) { return rows.map(() => [typeof sharp, typeof createHash]); } }`;
    await using runner = await open({ "h.mjs": code }, { handler: "h.mjs", isolation: "process" });
    assert.deepEqual(await ask(runner, requestOf(["x"])), [['["function","function"]']]);
  });

  it("sees ids, headers and content types, and sets status, headers and content type, of each request apart", async () => {
    await using runner = await open(`export function handle(rows, context) {
      return rows.map((row, i) => {
        if (i === 1) context.setResponseStatus(i, 201);
        if (i === 1) context.setResponseHeader(i, "X-Seen", "yes");
        if (i === 0) context.setResponseContentType(i, "text/plain");
        return [context.requestId(i), context.requestHeader(i, "Accept-Language"), row.body.contentType, context.batchSize];
      });
    }`);
    const first = requestOf(["a"], {
      id: "one",
      type: "image/png",
      parameters: { "http.header.accept-language": "de" },
    });
    const [one, two] = await runner.run([first, requestOf(["b"])], never);
    assert.deepEqual(textsOf(one), ['["one","de","image/png",2]']);
    assert.deepEqual(textsOf(two), ['["",null,null,2]']);
    assert.ok(one && !isInferenceError(one) && two && !isInferenceError(two));
    assert.deepEqual([one.parameters, one.outputs[0]?.parameters], [undefined, { content_type: "text/plain" }]);
    assert.deepEqual(two.parameters, { "http.status": 201, "http.header.x-seen": "yes" });
    assert.equal(two.outputs[0]?.parameters, undefined);
  });

  it("takes a field by any name for a field", async () => {
    await using runner = await open(`export const handle = (rows) =>
      rows.map((row) => [Object.keys(row), row["__proto__"].text(), "toString" in row]);`);
    assert.deepEqual(await ask(runner, requestOf(["x"], { field: "__proto__" })), [['[["__proto__"],"x",false]']]);
  });
});

describe("a handler that fails", () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ["throws", `throw new Error("secret");`, 503, "Prediction failed"],
    ["throws no error", `throw 7;`, 503, "Prediction failed"],
    ["rejects", `return Promise.reject(new Error("later"));`, 503, "Prediction failed"],
    ["gives one result too many", `return [...rows, 1];`, 503, "number of batch response mismatched"],
    ["gives no result", `return [];`, 503, "number of batch response mismatched"],
    ["gives no list", `return { length: 1 };`, 503, "Invalid model predict output"],
    ["gives nothing", ``, 503, "Invalid model predict output"],
    ["gives what has no JSON", `return [() => 1];`, 503, "Unsupported model output data type."],
    ["gives a circle", `const a = []; a.push(a); return [{ a }];`, 503, "Unsupported model output data type."],
    ["refuses", `throw new PredictionError("too blurred", 422);`, 422, "too blurred"],
    ["refuses with no status", `throw new PredictionError("no", 200);`, 500, "no"],
    ["refuses with a status of success", `throw new PredictionError("odd", 299);`, 299, "odd"],
    ["refuses with a status of its own", `throw new PredictionError("own", 999);`, 999, "own"],
    ["refuses for want of memory", `throw new PredictionError("full", 413);`, 413, "full"],
    ["has no memory", `new Uint8Array(2 ** 52); return [1];`, 507, "Out of resources"],
    ["has no memory on a GPU", `throw new Error("CUDA error: out of memory");`, 507, "Out of resources"],
    ["breaks a reason phrase", `context.setResponseStatus(0, 200, "a\\nb"); return [1];`, 503, "Prediction failed"],
    [
      "takes a body for JSON that is none",
      `return rows.map((row) => row.body.json());`,
      400,
      "field 'body' is not JSON",
    ],
    ["breaks a header", `context.setResponseHeader(0, "a", "b\\r\\nc: d"); return [1];`, 503, "Prediction failed"],
    ["sets no status", `context.setResponseStatus(0, 99); return [1];`, 503, "Prediction failed"],
    ["speaks of a row that is not there", `context.requestId(1); return [1];`, 503, "Prediction failed"],
  ];
  it("fails its batch with a status and a reason, and answers the next", async () => {
    const arms = cases.map(([name, body]) => `if (name === ${JSON.stringify(name)}) { ${body} return; }`).join("\n");
    await using runner = await open(`
      import { PredictionError } from "@sealserve/engines/handler";
      export function handle(rows, context) {
        const name = rows[0].body.text();
        ${arms.replaceAll(" return; }", " }")}
        if (name === "well") return rows.map(() => "well");
      }`);
    for (const [name, , status, reason] of cases) {
      await assert.rejects(runner.run([requestOf([name])], never), failure(status, reason), name);
      assert.deepEqual(await ask(runner, requestOf(["well"])), [["well"]], name);
    }
  });

  it("tells the log what was thrown and where, and the client nothing of it", async () => {
    await using runner = await open(`export function handle() {\n  throw new Error("inner");\n}`);
    await assert.rejects(runner.run([requestOf(["x"])], never), (error) => {
      assert.ok(isInferenceError(error) && !error.message.includes("inner"));
      assert.match(String(error.cause), /inner \(handler\.ts:2:9\)/);
      return true;
    });
  });

  it("by never returning misses its deadline, and is started anew", async () => {
    const code = `let first = true;
      export async function handle(rows) {
        if (rows[0].body.text() === "hang") for (;;);
        return rows.map(() => "well");
      }`;
    await using runner = await open(code, { responseTimeout: 300 });
    await assert.rejects(runner.run([requestOf(["hang"])], never), (error) => {
      return isInferenceError(error) && error.code === "deadline-exceeded";
    });
    assert.deepEqual(await ask(runner, requestOf(["x"])), [["well"]]);
  });
});

describe("a handler cannot be loaded when", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["its module exports no handler", `export const handler = 1;`, /exports no handler/],
    ["its module exports two", `export class A { handle() {} } export class B { handle() {} }`, /exports 2 handlers/],
    ["its module is no TypeScript", `export function handle( {`, /./],
    ["its module throws", `throw new Error("at once");`, /at once \(handler\.ts:1:7\)/],
    [
      "it cannot be initialized",
      `export class A { initialize() { throw new Error("no key"); } handle() {} }`,
      /no key/,
    ],
    ["it imports what is not in the archive", `import "./none.ts";`, /no module '\.\/none\.ts'/],
    ["it imports from outside of the archive", `import "../../../../etc/passwd";`, /no module/],
    ["it imports a file of the machine", `import "file:///etc/passwd";`, /no module/],
    ["it imports over the network", `import "https://127.0.0.1/x.js";`, /no module/],
    [
      "it reads a file that is not there",
      `export class A { initialize(c) { c.files.read("x"); } handle() {} }`,
      /no file 'x'/,
    ],
  ];
  for (const [what, code, reason] of cases) {
    it(what, async () => {
      await assert.rejects(open(code), { code: "load-failed", message: reason });
    });
  }
});
