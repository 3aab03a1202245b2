// The built-in handlers on small models whose answers can be worked out by hand.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeByteStrings, encodeByteStrings, type InferenceRequest, isInferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { systemClock } from "@sealserve/serving";
import sharp from "sharp";
import { memoryFiles, modelDefinition } from "../../../../../conformance/fixtures/model-definition.ts";
import { encodeOnnxModel, type OnnxGraph } from "../../../../../conformance/fixtures/onnx-graph.ts";
import type { BuiltinHandler } from "../../builtin-handler.ts";
import { createRunner } from "../../engine-loader.ts";

const never = new AbortController().signal;

function open(handler: BuiltinHandler, graph: OnnxGraph, files: Readonly<Record<string, unknown>> = {}) {
  const json = Object.entries(files).map(([name, value]) => [name, utf8(JSON.stringify(value))]);
  const definition = modelDefinition({
    files: memoryFiles({ "m.onnx": encodeOnnxModel(graph), ...Object.fromEntries(json) }),
    engine: { kind: "handler", handler, serializedFile: "m.onnx" },
    maxBatchSize: 4,
  });
  return createRunner(definition, { clock: systemClock(), onEvent: () => {} }, never);
}

function requestOf(rows: readonly Uint8Array[], field = "data", type?: string): InferenceRequest {
  const input = { name: field, datatype: "BYTES", shape: [rows.length], bytes: encodeByteStrings(rows) } as const;
  const inputs = [type === undefined ? input : { ...input, parameters: { content_type: type } }];
  return { model: { name: "m" }, inputs };
}

async function ask(runner: Awaited<ReturnType<typeof open>>, request: InferenceRequest): Promise<string[]> {
  const [result] = await runner.run([request], never);
  assert.ok(result && !isInferenceError(result), String(result));
  return decodeByteStrings("prediction", result.outputs[0]?.bytes ?? new Uint8Array()).map(textOf);
}

const image = (red: number, green: number, blue: number, width = 300, height = 260) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: green, b: blue } } })
    .png()
    .toBuffer();

const badRequest = (error: unknown) =>
  isInferenceError(error) && error.code === "handler-failed" && error.facts.status === 400;

/** Scores are the means of the three channels. */
const means: OnnxGraph = {
  inputs: [{ name: "x", datatype: "FP32", shape: ["n", 3, 224, 224] }],
  outputs: [{ name: "scores", datatype: "FP32", shape: ["n", 3] }],
  nodes: [
    {
      op: "ReduceMean",
      inputs: ["x"],
      outputs: ["scores"],
      attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
    },
  ],
};

/** What ImageNet's normalisation makes of a channel, and softmax of three. */
function expectedProbabilities(...colour: readonly [number, number, number]): number[] {
  const scores = colour.map(
    (value, i) => (value / 255 - ([0.485, 0.456, 0.406][i] ?? 0)) / ([0.229, 0.224, 0.225][i] ?? 1),
  );
  const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / sum);
}

describe("image_classifier", () => {
  const labels = { "index_to_name.json": { 0: "red", 1: ["n1", "green"], 2: "2" } };

  it("gives the likeliest classes by name, likeliest first", async () => {
    await using runner = await open("image_classifier", means, labels);
    const answers = await ask(runner, requestOf([await image(0, 255, 0), await image(255, 100, 0, 40, 400)], "body"));
    const [first, second] = answers.map((text) => JSON.parse(text));
    const [red = 0, green = 0, blue = 0] = expectedProbabilities(0, 255, 0);
    assert.ok(Math.abs(first.green - green) < 1e-4);
    assert.ok(Math.abs(first.red - red) < 1e-4 && Math.abs(first[2] - blue) < 1e-4);
    assert.match(answers[0] ?? "", /^\{"green":/);
    assert.ok(second.red > second.green && second.green > second[2]);
  });

  it("takes base64 text, JSON of a nested list, and images in grey and with transparency", async () => {
    await using runner = await open("image_classifier", means);
    const green = await image(0, 255, 0);
    const plain = await ask(runner, requestOf([green]));
    assert.deepEqual(await ask(runner, requestOf([utf8(green.toString("base64"))], "data", "text/plain")), plain);
    const channel = (value: number) => Array.from({ length: 224 }, () => Array(224).fill(value));
    const list = utf8(JSON.stringify([channel(0), channel(1), channel(0)]));
    assert.equal((await ask(runner, requestOf([list], "data", "application/json"))).length, 1);
    const grey = await sharp(green).greyscale().png().toBuffer();
    const clear = await sharp(green).ensureAlpha(0.5).png().toBuffer();
    assert.equal((await ask(runner, requestOf([grey, clear]))).length, 2);
  });

  it("refuses what is no image with 400", async () => {
    await using runner = await open("image_classifier", means);
    const bad: readonly (readonly [string, string, string?])[] = [
      ["no image", "data"],
      ["", "data"],
      ["x", "other"],
      ["[[1]]", "data", "application/json"],
      ["{", "data", "application/json"],
      ["!", "data", "text/plain"],
    ];
    for (const [text, field, type] of bad) {
      await assert.rejects(runner.run([requestOf([utf8(text)], field, type)], never), badRequest, text);
    }
  });

  it("needs a model", async () => {
    const definition = modelDefinition({
      engine: { kind: "handler", handler: "image_classifier", serializedFile: null },
    });
    const opening = createRunner(definition, { clock: systemClock(), onEvent: () => {} }, never);
    await assert.rejects(opening, { code: "load-failed" });
  });
});

describe("image_segmenter", () => {
  it("gives the likeliest class of each pixel and its probability", async () => {
    const shape = ["n", 3, 224, 224] as const;
    await using runner = await open("image_segmenter", {
      inputs: [{ name: "x", datatype: "FP32", shape }],
      outputs: [{ name: "out", datatype: "FP32", shape }],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["out"] }],
    });
    const left = await image(255, 0, 0, 150, 256);
    const both = await sharp(await image(0, 0, 255, 300, 256))
      .composite([{ input: left, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const pixels = JSON.parse((await ask(runner, requestOf([both])))[0] ?? "");
    assert.deepEqual([pixels.length, pixels[0].length, pixels[0][0].length], [224, 224, 2]);
    assert.deepEqual([pixels[10][5][0], pixels[200][218][0]], [0, 2]);
    const [red = 0] = expectedProbabilities(255, 0, 0);
    assert.ok(Math.abs(pixels[10][5][1] - red) < 1e-4);
  });
});

describe("object_detector", () => {
  const constant = (name: string, datatype: "FP32" | "INT64", shape: readonly number[], raw: Uint8Array) =>
    ({ name, datatype, shape, data: { raw } }) as const;
  const detector = (size: readonly [number | string, number | string]): OnnxGraph => ({
    inputs: [{ name: "x", datatype: "FP32", shape: [1, 3, ...size] }],
    outputs: [
      { name: "boxes", datatype: "FP32", shape: [2, 4] },
      { name: "labels", datatype: "INT64", shape: [2] },
      { name: "scores", datatype: "FP32", shape: [2] },
    ],
    initializers: [
      constant("b", "FP32", [2, 4], new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer)),
      constant("l", "INT64", [2], new Uint8Array(BigInt64Array.of(1n, 0n).buffer)),
      constant("s", "FP32", [2], new Uint8Array(Float32Array.of(0.75, 0.25).buffer)),
    ],
    nodes: [
      { op: "Identity", name: "b", inputs: ["b"], outputs: ["boxes"] },
      { op: "Identity", name: "l", inputs: ["l"], outputs: ["labels"] },
      { op: "Identity", name: "s", inputs: ["s"], outputs: ["scores"] },
    ],
  });

  it("gives the boxes above the threshold with their names and scores", async () => {
    await using runner = await open("object_detector", detector(["height", "width"]), {
      "index_to_name.json": { object_type_names: ["cat", "dog"] },
    });
    const [text = ""] = await ask(runner, requestOf([await image(1, 2, 3)]));
    assert.deepEqual(JSON.parse(text), [{ dog: [1, 2, 3, 4], score: 0.75 }]);
  });

  it("gives boxes in the image's own size where the model fixes another", async () => {
    await using runner = await open("object_detector", detector([130, 100]));
    const [text = ""] = await ask(runner, requestOf([await image(1, 2, 3, 300, 260)]));
    assert.deepEqual(JSON.parse(text), [{ 1: [3, 4, 9, 8], score: 0.75 }]);
  });

  it("needs a model with the three outputs", async () => {
    await assert.rejects(open("object_detector", means), { code: "load-failed" });
  });
});

describe("text_classifier", () => {
  const vocabulary = { "[UNK]": 0, bad: 1, good: 2, very: 3, "[SEP]": 4 };
  const tokenizer = {
    version: "1.0",
    truncation: { max_length: 4 },
    added_tokens: [],
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "Whitespace" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "[SEP]", type_id: 0 } }],
      pair: [],
      special_tokens: { "[SEP]": { id: "[SEP]", ids: [4], tokens: ["[SEP]"] } },
    },
    decoder: null,
    model: { type: "WordLevel", vocab: vocabulary, unk_token: "[UNK]" },
  };
  const weights = Float32Array.of(0, 0, 2, 0, 0, 2, 0, 0, 0, 0);
  /** Scores are the sums of two weights a token. */
  const sums: OnnxGraph = {
    inputs: [
      { name: "input_ids", datatype: "INT64", shape: [1, "tokens"] },
      { name: "attention_mask", datatype: "INT64", shape: [1, "tokens"] },
    ],
    outputs: [{ name: "logits", datatype: "FP32", shape: [1, 2] }],
    initializers: [
      { name: "weights", datatype: "FP32", shape: [5, 2], data: { raw: new Uint8Array(weights.buffer) } },
      { name: "axes", datatype: "INT64", shape: [1], data: { raw: new Uint8Array(BigInt64Array.of(1n).buffer) } },
    ],
    nodes: [
      { op: "Gather", inputs: ["weights", "input_ids"], outputs: ["rows"] },
      { op: "ReduceSum", inputs: ["rows", "axes"], outputs: ["logits"], attributes: { keepdims: { int: 0 } } },
    ],
  };
  const files = { "tokenizer.json": tokenizer, "index_to_name.json": { 0: "negative", 1: "positive" } };

  it("gives the probability of each class by name, and cuts long texts", async () => {
    await using runner = await open("text_classifier", sums, files);
    const [positive = "", neutral = "", long = ""] = await ask(
      runner,
      requestOf(["Very good", "nothing", "bad very very good good good"].map(utf8)),
    );
    const sure = Math.exp(2) / (Math.exp(2) + 1);
    assert.ok(Math.abs(JSON.parse(positive).positive - sure) < 1e-6);
    assert.deepEqual(JSON.parse(neutral), { negative: 0.5, positive: 0.5 });
    assert.ok(Math.abs(JSON.parse(long).negative - sure) < 1e-6);
  });

  it("takes a JSON string, and refuses other JSON with 400", async () => {
    await using runner = await open("text_classifier", sums, files);
    assert.match(
      (await ask(runner, requestOf([utf8('"good"')], "body", "application/json")))[0] ?? "",
      /^\{"positive"/,
    );
    await assert.rejects(runner.run([requestOf([utf8("{}")], "body", "application/json")], never), badRequest);
    await assert.rejects(runner.run([requestOf([utf8("x")], "other")], never), badRequest);
  });

  it("needs a tokenizer", async () => {
    await assert.rejects(open("text_classifier", sums), { code: "load-failed" });
  });
});
