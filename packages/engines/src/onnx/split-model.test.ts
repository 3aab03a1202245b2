// A split model is the same model: whatever the borders of its pieces, putting the weights back gives the bytes it was; and any bytes are split or left.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteCursor, concatBytes, textOf } from "@sealserve/primitives";
import fc from "fast-check";
import { encodeOnnxModel, type OnnxInitializer } from "../../../../conformance/fixtures/onnx-graph.ts";
import { bytes, integer, message, text } from "../../../../conformance/fixtures/protobuf-writer.ts";
import { externalLocations } from "./external-data.ts";
import { UnsplittableError } from "./piece-reader.ts";
import { ModelSplitter } from "./split-model.ts";

interface Split {
  readonly model: Uint8Array;
  readonly weights: ReadonlyMap<string, Uint8Array>;
}

const apartFrom = 20;

/** Pieces of the lengths given, again and again; each is overwritten once the next one comes. */
function split(model: Uint8Array, lengths: readonly number[], most = 100_000): Split {
  const weights = new Map<string, Uint8Array[]>();
  const open = new Set<string>();
  const splitter = new ModelSplitter(
    { size: model.length, apartFrom, most, location: (index) => `apart-${index}` },
    {
      open(location, size) {
        const parts: Uint8Array[] = [];
        weights.set(location, parts);
        open.add(location);
        return {
          write: (part) => parts.push(part.slice()),
          close() {
            open.delete(location);
            assert.equal(concatBytes(parts).length, size);
          },
        };
      },
    },
  );
  for (let at = 0, i = 0; at < model.length; i++) {
    const piece = model.slice(at, at + (lengths[i % lengths.length] ?? 1));
    splitter.push(piece);
    at += piece.length;
    piece.fill(0xff);
  }
  const small = concatBytes(splitter.end());
  assert.equal(open.size, 0);
  return { model: small, weights: new Map([...weights].map(([name, parts]) => [name, concatBytes(parts)])) };
}

/** Or null where it is left as it is. */
function trySplit(...given: Parameters<typeof split>): Split | null {
  try {
    return split(...given);
  } catch (error) {
    assert.ok(error instanceof UnsplittableError, String(error));
    return null;
  }
}

interface Field {
  readonly number: number;
  readonly type: number;
  readonly all: Uint8Array;
  readonly value: Uint8Array;
}

function fieldsOf(from: Uint8Array): Field[] {
  const cursor = new ByteCursor(from);
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = cursor.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const fields: Field[] = [];
  while (cursor.remaining > 0) {
    const start = cursor.at;
    const key = varint();
    const type = key % 8;
    if (type === 0) varint();
    const value = cursor.take(type === 2 ? varint() : type === 5 ? 4 : type === 1 ? 8 : 0);
    fields.push({ number: Math.floor(key / 8), type, all: from.subarray(start, cursor.at), value });
  }
  return fields;
}

/** Puts the weights back, by code of its own over the whole model. */
function joined({ model, weights }: Split): Uint8Array {
  const map = (from: Uint8Array, number: number, to: (value: Uint8Array) => Uint8Array): Uint8Array =>
    concatBytes(fieldsOf(from).map((each) => (each.number === number ? bytes(number, to(each.value)) : each.all)));
  return map(model, 7, (graph) =>
    map(graph, 5, (tensor) => {
      const fields = fieldsOf(tensor);
      const entries = fields
        .filter(({ number }) => number === 13)
        .map(({ value }) => fieldsOf(value).map((each) => textOf(each.value)));
      const found = entries.find(([key]) => key === "location")?.[1];
      const data = weights.get(found ?? "");
      if (!data) return tensor;
      assert.deepEqual(entries, [
        ["location", found],
        ["offset", "0"],
        ["length", String(data.length)],
      ]);
      const rest = fields.filter(({ number }) => number !== 13 && number !== 14).map(({ all }) => all);
      return concatBytes([...rest, bytes(9, data)]);
    }),
  );
}

const tensor = (name: string, data: OnnxInitializer["data"], length: number): OnnxInitializer => ({
  name,
  datatype: "UINT8",
  shape: [length],
  data,
});

const someTensor = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }))
    .map(([name, raw]) => tensor(name, { raw }, raw.length)),
  fc.string().map((location) => tensor("elsewhere", { location, offset: 3 }, 5)),
  fc.array(fc.string()).map((strings) => tensor("text", { strings }, strings.length)),
);

const someModel = fc.array(someTensor, { maxLength: 8 }).map((initializers) =>
  encodeOnnxModel({
    inputs: [{ name: "x", datatype: "FP32", shape: ["batch", 4] }],
    outputs: [{ name: "y", datatype: "FP32", shape: ["batch", 4] }],
    initializers,
    nodes: [
      {
        op: "Constant",
        inputs: [],
        outputs: ["c"],
        attributes: { value: { tensor: tensor("in", { raw: new Uint8Array(90) }, 90) } },
      },
      { op: "Add", inputs: ["x", "c"], outputs: ["y"], attributes: { axis: { int: -1 }, scale: { float: 0.5 } } },
    ],
  }),
);

const someLengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });

describe("a model in pieces", () => {
  it("is split wherever the borders of its pieces are, and no weight is lost or changed", () => {
    fc.assert(
      fc.property(someModel, someLengths, (model, lengths) => {
        const found = split(model, lengths);
        assert.deepEqual(found, split(model, [model.length]));
        assert.deepEqual(Buffer.from(joined(found)), Buffer.from(model));
        for (const data of found.weights.values()) assert.ok(data.length >= apartFrom);
        const before = new Set(externalLocations(model));
        assert.deepEqual(new Set(externalLocations(found.model)), new Set([...before, ...found.weights.keys()]));
      }),
    );
  });

  it("with any bytes changed is split or left, alike for all borders", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(someModel, changes, someLengths, (model, changed, lengths) => {
        for (const [at, value] of changed) model[at % model.length] = value;
        assert.deepEqual(trySplit(model, lengths), trySplit(model, [model.length]));
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        assert.deepEqual(trySplit(any, [1]), trySplit(any, [7]));
      }),
      { numRuns: 1000 },
    );
  });

  const raw = bytes(9, new Uint8Array(50));
  const graph = (...fields: Uint8Array[]): Uint8Array => message(7, [message(5, fields)]);
  for (const [what, model] of [
    ["that is cut off", graph(raw).slice(0, -1)],
    ["with data twice in a tensor", graph(raw, raw)],
    ["with data in a tensor and small ones after them", graph(raw, bytes(9, new Uint8Array(1)))],
    ["with data in a tensor and elsewhere", graph(raw, message(13, [text(1, "location"), text(2, "w")]))],
    ["with data in a tensor that says elsewhere", graph(integer(14, 1), raw)],
    ["with two graphs", concatBytes([graph(raw), graph(raw)])],
    ["with a tensor that is longer than its graph", message(7, [Uint8Array.of(0x2a, 50, 0x4a, 30)])],
    ["with a group", graph(Uint8Array.of(0x0b, 0x0c))],
    ["with a length without end", Uint8Array.of(0x3a, ...Array(11).fill(0xff))],
    ["with a length beyond all memory", Uint8Array.of(0x12, ...Array(8).fill(0xff), 0x7f)],
  ] as const) {
    it(`${what} is left`, () => assert.equal(trySplit(model, [3]), null));
  }

  it("with data that say by themselves that they are in the model is split", () => {
    const found = split(graph(integer(14, 0), raw), [5]);
    assert.deepEqual([...found.weights.values()], [new Uint8Array(50)]);
  });

  it("is left before more is kept of it than may be", () => {
    const large = new Uint8Array(2_000);
    const model = concatBytes([bytes(2, large), graph(raw)]);
    assert.equal(trySplit(model, [64], 1_500), null);
    assert.ok(trySplit(model, [64], 3_500));
    const many = message(
      7,
      [...Array(500)].map(() => message(5, [])),
    );
    assert.equal(trySplit(many, [64], 30_000), null);
  });
});
