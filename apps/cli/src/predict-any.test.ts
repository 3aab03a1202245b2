// Which model --any asks, and with what.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  InferenceError,
  type InferenceRequest,
  type InferenceService,
  type ModelMetadata,
  type ModelStatus,
} from "@sealserve/inference";
import { predictAny } from "./predict-any.ts";

type Known = Partial<ModelMetadata> & { readonly state?: ModelStatus["state"] };

interface Asked {
  readonly requests: InferenceRequest[];
  readonly service: Pick<InferenceService, "list" | "metadata" | "infer">;
}

/** Models by name; `takes` refuses what a model does not take. */
function serving(
  models: Readonly<Record<string, Known>>,
  takes: (request: InferenceRequest) => void = () => {},
): Asked {
  const requests: InferenceRequest[] = [];
  const known = (name: string): ModelMetadata => ({
    ...{ name, version: "1", versions: ["1"], platform: "", kind: "tensors", maxBatchSize: 0, inputs: [], outputs: [] },
    ...models[name],
  });
  const service: Asked["service"] = {
    list: async () =>
      Object.entries(models).map(([name, { state = "available" }]) => ({ name, version: known(name).version, state })),
    metadata: async ({ name }) => known(name),
    async infer(request) {
      requests.push(request);
      takes(request);
      return { model: { name: request.model.name, version: "1" }, outputs: [] };
    },
  };
  return { requests, service };
}

const ask = ({ service }: Asked) => predictAny(service, AbortSignal.timeout(10_000));

test("the first that is available and takes tensors is asked, and others are not", async () => {
  const asked = serving({
    broken: { state: "end" },
    handler: { kind: "fields" },
    lines: { version: "7", inputs: [{ name: "x", datatype: "INT64", shape: [-1, 3] }] },
    more: {},
  });
  const { model, version } = await ask(asked);
  assert.deepEqual([model, version], ["lines", "7"]);
  assert.deepEqual(asked.requests, [
    {
      model: { name: "lines", version: "7" },
      inputs: [{ name: "x", datatype: "INT64", shape: [1, 3], bytes: new Uint8Array(24) }],
      outputs: [],
    },
  ]);
});

test("text is empty, a scalar is one element", async () => {
  const asked = serving({
    words: {
      inputs: [
        { name: "text", datatype: "BYTES", shape: [-1, 2] },
        { name: "limit", datatype: "FP16", shape: [] },
      ],
    },
  });
  await ask(asked);
  assert.deepEqual(
    asked.requests[0]?.inputs.map(({ shape, bytes }) => [shape, bytes.length]),
    [
      [[1, 2], 8],
      [[], 2],
    ],
  );
});

test("a model that refuses one column is asked with more, but no other refusal is asked again", async () => {
  const refuses = (request: InferenceRequest) => {
    const [input] = request.inputs;
    if (input?.shape.includes(64)) return;
    throw new InferenceError("invalid-shape", { tensor: "x", problem: "too few columns" });
  };
  const wide = serving({ image: { inputs: [{ name: "x", datatype: "UINT8", shape: [-1, 3, -1, -1] }] } }, refuses);
  await ask(wide);
  assert.deepEqual(
    wide.requests.map(({ inputs: [input] }) => input?.shape),
    [
      [1, 3, 1, 1],
      [1, 3, 64, 64],
    ],
  );
  const fixed = serving({ row: { inputs: [{ name: "x", datatype: "UINT8", shape: [-1, 3] }] } }, refuses);
  await assert.rejects(ask(fixed), { code: "invalid-shape" });
  assert.equal(fixed.requests.length, 1);
});

test("where nothing can be asked, it says why", async () => {
  await assert.rejects(ask(serving({})), { code: "no-model" });
  await assert.rejects(ask(serving({ late: { state: "loading" } })), { code: "no-model" });
  const handlers = serving({ a: { kind: "fields" }, b: { kind: "fields" } });
  await assert.rejects(ask(handlers), { code: "only-handlers", facts: { models: ["a", "b"] } });
});
