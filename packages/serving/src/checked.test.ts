// Every kind of request that does not fit its model is refused with its own code.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "@sealserve/conformance/suites/collect";
import { echoServable } from "@sealserve/conformance/suites/hand-driven-loader";
import {
  encodeByteStrings,
  type InferenceErrorCode,
  type InferenceRequest,
  type InferenceResponse,
  type ModelMetadata,
  type Tensor,
} from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { checked } from "./checked.ts";
import type { Servable } from "./servable.ts";

const never = new AbortController().signal;

const metadata: ModelMetadata = {
  name: "m",
  version: "1",
  versions: ["1"],
  platform: "test",
  kind: "tensors",
  maxBatchSize: 4,
  inputs: [
    { name: "a", datatype: "FP32", shape: [-1, 3] },
    { name: "b", datatype: "UINT8", shape: [-1] },
  ],
  outputs: [
    { name: "y", datatype: "FP32", shape: [-1, 3] },
    { name: "z", datatype: "UINT8", shape: [-1] },
  ],
};

const a = (rows: number): Tensor => ({
  name: "a",
  datatype: "FP32",
  shape: [rows, 3],
  bytes: new Uint8Array(rows * 12),
});
const b = (rows: number): Tensor => ({ name: "b", datatype: "UINT8", shape: [rows], bytes: new Uint8Array(rows) });

/** What comes through to a model that gives `a` back as `y` and `b` as `z`. */
async function send(request: Partial<InferenceRequest>, model: Partial<ModelMetadata> = {}) {
  let seen: InferenceRequest | null = null;
  const servable: Servable = {
    metadata: () => ({ ...metadata, ...model }),
    async infer(through) {
      seen = through;
      const [first = a(1), second = b(1)] = through.inputs;
      return {
        model: { name: "m", version: "1" },
        outputs: [
          { ...first, name: "y" },
          { ...second, name: "z" },
        ],
      };
    },
  };
  const response: InferenceResponse = await checked(servable).infer(
    { model: { name: "m" }, inputs: [a(1), b(1)], ...request },
    never,
  );
  return { response, seen: seen as InferenceRequest | null };
}

/** A request that is refused: what is wrong, the request, the code, some of the facts. */
const refused: readonly (readonly [string, Partial<InferenceRequest>, InferenceErrorCode, object])[] = [
  ["no input", { inputs: [] }, "missing-input", { missing: ["a", "b"], found: [] }],
  ["an input too few", { inputs: [a(1)] }, "missing-input", { missing: ["b"], expected: ["a", "b"], found: ["a"] }],
  ["too few and a wrong name", { inputs: [{ ...a(1), name: "x" }] }, "missing-input", { missing: ["a", "b"] }],
  ["a wrong name", { inputs: [a(1), { ...b(1), name: "c" }] }, "unexpected-input", { input: "c", found: ["a", "c"] }],
  ["an input too many", { inputs: [a(1), b(1), { ...b(1), name: "c" }] }, "unexpected-input", { input: "c" }],
  ["a name of the language's own", { inputs: [a(1), { ...b(1), name: "__proto__" }] }, "unexpected-input", {}],
  ["an input given twice", { inputs: [a(1), a(1)] }, "malformed", {}],
  ["another datatype", { inputs: [a(1), { ...b(1), datatype: "INT8" }] }, "datatype-mismatch", { expected: "UINT8" }],
  ["another dimension", { inputs: [{ ...a(1), shape: [1, 2], bytes: new Uint8Array(8) }, b(1)] }, "shape-mismatch", {}],
  ["a rank too high", { inputs: [{ ...a(1), shape: [1, 1, 3] }, b(1)] }, "shape-mismatch", { expected: [-1, 3] }],
  ["a rank too low", { inputs: [a(1), { ...b(1), shape: [] }] }, "shape-mismatch", { found: [] }],
  ["a negative dimension", { inputs: [{ ...a(1), shape: [-1, 3] }, b(1)] }, "invalid-shape", { tensor: "a" }],
  ["a shape that overflows", { inputs: [{ ...a(1), shape: [2 ** 40, 2 ** 40] }, b(1)] }, "invalid-shape", {}],
  ["10,000 dimensions", { inputs: [{ ...a(1), shape: Array(10_000).fill(1) }, b(1)] }, "invalid-shape", {}],
  [
    "bytes too few",
    { inputs: [{ ...a(1), bytes: new Uint8Array(8) }, b(1)] },
    "size-mismatch",
    { expected: 12, found: 8 },
  ],
  ["no rows", { inputs: [a(0), b(0)] }, "invalid-shape", { tensor: "a" }],
  ["inputs with different rows", { inputs: [a(2), b(1)] }, "shape-mismatch", { expected: [2], found: [1] }],
  ["too many rows", { inputs: [a(5), b(5)] }, "batch-too-large", { limit: 4, found: 5 }],
  [
    "an output that is not there",
    { outputs: [{ name: "q" }] },
    "unknown-output",
    { output: "q", expected: ["y", "z"] },
  ],
  ["an output asked twice", { outputs: [{ name: "y" }, { name: "y" }] }, "malformed", {}],
];

describe("a checked servable refuses", () => {
  for (const [what, request, code, facts] of refused) {
    it(`${what}: ${code}`, async () => {
      await assert.rejects(send(request), (error: { code?: string; facts?: Record<string, unknown> }) => {
        assert.equal(error.code, code);
        for (const [fact, expected] of Object.entries(facts)) assert.deepEqual(error.facts?.[fact], expected, fact);
        return true;
      });
    });
  }
});

describe("a checked servable", () => {
  it("lets a good request through as it is", async () => {
    const inputs = [a(4), b(4)];
    assert.equal((await send({ inputs })).seen?.inputs, inputs);
  });

  it("brings the inputs into the order of the model", async () => {
    const { seen } = await send({ inputs: [b(2), a(2)] });
    assert.deepEqual(
      seen?.inputs.map(({ name }) => name),
      ["a", "b"],
    );
  });

  it("takes a first dimension of 0 where it is no batch dimension", async () => {
    await send({ inputs: [a(0), b(2)] }, { maxBatchSize: 0 });
  });

  it("gives the outputs that were asked for, in that order, and the id", async () => {
    const names = async (request: Partial<InferenceRequest>) =>
      (await send(request)).response.outputs.map(({ name }) => name);
    assert.deepEqual(await names({}), ["y", "z"]);
    assert.deepEqual(await names({ outputs: [] }), ["y", "z"]);
    assert.deepEqual(await names({ outputs: [{ name: "z" }] }), ["z"]);
    assert.deepEqual(await names({ outputs: [{ name: "z" }, { name: "y" }] }), ["z", "y"]);
    assert.equal((await send({ id: "7" })).response.id, "7");
    assert.equal((await send({ id: "7", outputs: [{ name: "z" }] })).response.id, "7");
    assert.equal("id" in (await send({})).response, false);
  });

  it("has no stream where its servable has none, and checks the one it has", async () => {
    assert.equal(checked(echoServable()).inferStream, undefined);
    const streaming: Servable = {
      ...echoServable(),
      async *inferStream({ inputs }) {
        for (const input of inputs) yield { model: { name: "echo", version: "1" }, outputs: [{ ...input, name: "y" }] };
      },
    };
    const stream = checked(streaming).inferStream;
    assert.ok(stream);
    const good = { model: { name: "echo" }, inputs: [{ ...a(1), name: "x" }], id: "7" };
    assert.deepEqual(
      (await collect(stream(good, never))).map(({ id }) => id),
      ["7"],
    );
    await assert.rejects(collect(stream({ ...good, inputs: [] }, never)), { code: "missing-input" });
  });
});

describe("a checked servable of fields", () => {
  const fields: Partial<ModelMetadata> = { kind: "fields", maxBatchSize: 2, inputs: [], outputs: [] };
  const field = (name: string, ...elements: string[]): Tensor => ({
    name,
    datatype: "BYTES",
    shape: [elements.length],
    bytes: encodeByteStrings(elements.map(utf8)),
  });

  it("takes inputs of any name, one element a row", async () => {
    for (const inputs of [[], [field("body", "x")], [field("a", "x", ""), field("__proto__", "y", "z")]]) {
      await send({ inputs }, fields);
    }
    await send({ inputs: [{ ...field("body", "x", "y"), shape: [2, 1] }] }, fields);
  });

  it("refuses what is not so", async () => {
    const cases: readonly (readonly [Tensor[], InferenceErrorCode])[] = [
      [[a(1)], "datatype-mismatch"],
      [[{ ...field("body", "x", "y"), shape: [1, 2] }], "shape-mismatch"],
      [[{ ...field("body", "x"), shape: [] }], "shape-mismatch"],
      [[field("a", "x"), field("b", "x", "y")], "shape-mismatch"],
      [[field("a", "x", "y", "z")], "batch-too-large"],
      [[{ ...field("a", "x"), shape: [2] }], "invalid-value"],
      [[field("a")], "invalid-shape"],
    ];
    for (const [inputs, code] of cases) await assert.rejects(send({ inputs }, fields), { code });
  });

  it("takes one row at a time where there is no batch dimension", async () => {
    await send({ inputs: [field("a", "x")] }, { ...fields, maxBatchSize: 0 });
    await assert.rejects(send({ inputs: [field("a", "x", "y")] }, { ...fields, maxBatchSize: 0 }), {
      code: "batch-too-large",
    });
  });

  it("finds out from the answer which outputs there are", async () => {
    const inputs = [field("a", "x")];
    assert.equal((await send({ inputs, outputs: [{ name: "y" }] }, fields)).response.outputs.length, 1);
    await assert.rejects(send({ inputs, outputs: [{ name: "q" }] }, fields), { code: "unknown-output" });
  });
});
