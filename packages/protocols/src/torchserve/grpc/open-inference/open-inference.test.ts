// The Open Inference protocol over gRPC: the documents that handlers get and give, tensors, and the original's refusals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askGrpc, refusalOf } from "@sealserve/conformance/fixtures/ask-grpc";
import { handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import { decodeByteStrings, type InferenceRequest } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { GRPCInferenceService, torchserveGrpcInference } from "../index.ts";

const { serverLive, serverReady, serverMetadata, modelReady, modelMetadata, modelInfer } = GRPCInferenceService.method;

function documentOf({ inputs: [body] }: Pick<InferenceRequest, "inputs">): string {
  return textOf(decodeByteStrings("", body?.bytes ?? utf8(""))[0] ?? utf8(""));
}

/** Answers with its request, its inputs as outputs. */
const mirror = handlerModel("mirror", (request) =>
  prediction(documentOf(request).replace("{", '{"model_version":"7",').replace('"inputs":', '"outputs":')),
);
const silent = handlerModel("silent", () => prediction('{"id": "1", "outputs": []}'));
const signature = { name: "x", datatype: "FP16", shape: [-1] } as const;
const half = tensorModel({ name: "half", inputs: [signature], outputs: [{ ...signature, name: "y" }] }, ([x]) =>
  x ? [{ ...x, name: "y" }] : [],
);
const wide = tensorModel(
  {
    name: "wide",
    inputs: [{ ...signature, datatype: "INT64" }],
    outputs: [{ ...signature, name: "y", datatype: "INT64" }],
  },
  ([x]) => (x ? [{ ...x, name: "y" }] : []),
);

function listening(models: readonly FunctionModel[] = [mirror, silent, half, wide], openInferenceProtocol = true) {
  const service = new ModelService(models);
  const parts = { service, requestId: () => "id", pause: async () => {}, ready: () => true };
  return { service, protocol: torchserveGrpcInference({ ...parts, openInferenceProtocol }) };
}

const input = (datatype: string, contents: object, shape = [2n]) => ({ name: "x", datatype, shape, contents });
const to = (modelName: string, inputs: object[], more: object = {}) => ({ modelName, inputs, id: "a", ...more });

test("it is there only where it is switched on", () => {
  const { protocol } = listening([mirror], false);
  assert.equal(
    protocol.methods.some(({ descriptor }) => descriptor.parent === GRPCInferenceService),
    false,
  );
});

test("the server and its models", async () => {
  const { protocol } = listening();
  assert.deepEqual((await askGrpc(protocol, serverLive, {}))[0]?.live, true);
  assert.deepEqual((await askGrpc(protocol, serverReady, {}))[0]?.ready, true);
  assert.deepEqual((await askGrpc(protocol, serverMetadata, {}))[0]?.extensions, ["kserve", "kubeflow"]);
  assert.deepEqual((await askGrpc(protocol, modelReady, { name: "mirror" }))[0]?.ready, true);
  const [handler] = await askGrpc(protocol, modelMetadata, { name: "mirror" });
  assert.deepEqual([handler?.name, handler?.versions, handler?.inputs], ["mirror", ["1.0"], []]);
  const [tensors] = await askGrpc(protocol, modelMetadata, { name: "wide" });
  assert.deepEqual(
    tensors?.inputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
    [["x", "INT64", [-1n]]],
  );
});

test("a handler gets one document of JSON, and what it answers becomes lists by their types", async () => {
  const { protocol, service } = listening();
  const lists = {
    BOOL: { boolContents: [true, false] },
    INT8: { intContents: [-1, 127] },
    INT64: { int64Contents: [2n ** 62n + 1n, -2n] },
    UINT32: { uintContents: [2 ** 32 - 1, 0] },
    UINT64: { uint64Contents: [2n ** 64n - 1n, 0n] },
    FP32: { fp32Contents: [0.5, -2] },
    FP64: { fp64Contents: [0.1, 1e300] },
  };
  const texts: Record<string, string> = {};
  for (const [datatype, contents] of Object.entries(lists)) {
    const [answer] = await askGrpc(protocol, modelInfer, to("mirror", [input(datatype, contents)]));
    const found = answer?.outputs[0]?.contents;
    assert.deepEqual(found, { ...found, ...contents }, datatype);
    assert.deepEqual([answer?.id, answer?.modelVersion, answer?.outputs[0]?.shape], ["a", "7", [2n]]);
    texts[datatype] = documentOf(service.seen.at(-1) ?? { inputs: [] });
  }
  assert.match(texts["INT64"] ?? "", /"data":\[4611686018427387905,-2\]/);
  assert.match(texts["UINT64"] ?? "", /"data":\[18446744073709551615,0\]/);
  const [seen] = service.seen;
  assert.deepEqual(seen?.inputs[0]?.parameters, { content_type: "application/json" });
  assert.deepEqual(JSON.parse(texts["FP32"] ?? ""), {
    ...{ id: "a", model_name: "mirror" },
    inputs: [{ name: "x", datatype: "FP32", shape: [2], data: [0.5, -2] }],
  });
});

test("bytes go to a handler in base64, and come back as the JSON that it wrote", async () => {
  const { protocol } = listening();
  const contents = { bytesContents: [utf8("ab"), new Uint8Array([255])] };
  const [answer] = await askGrpc(protocol, modelInfer, to("mirror", [input("BYTES", contents, [-1n])]));
  assert.deepEqual(answer?.outputs[0]?.contents?.bytesContents.map(textOf), ['"YWI="', '"/w=="']);
  assert.deepEqual(answer?.outputs[0]?.shape, [-1n]);
});

test("a model of tensors gets and gives tensors, raw where a type has no list", async () => {
  const { protocol } = listening();
  const [listed] = await askGrpc(protocol, modelInfer, to("wide", [input("INT64", { int64Contents: [1n, -1n] })]));
  assert.deepEqual([listed?.id, listed?.outputs[0]?.contents?.int64Contents], ["a", [1n, -1n]]);
  const rawInputContents = [new Uint8Array([1, 2, 3, 4])];
  const [raw] = await askGrpc(protocol, modelInfer, to("half", [input("FP16", {})], { rawInputContents }));
  assert.deepEqual([raw?.rawOutputContents, raw?.outputs[0]?.contents], [rawInputContents, undefined]);
});

test("refusals", async () => {
  const { protocol } = listening();
  const refused = (request: object) => refusalOf(askGrpc(protocol, modelInfer, request));
  const nameless = "internal Parameter model_name is required.\nBadRequestException.()";
  assert.equal(await refused(to("", [])), nameless);
  assert.equal(await refusalOf(askGrpc(protocol, modelMetadata, {})), nameless);
  assert.equal(
    await refusalOf(askGrpc(protocol, modelReady, {})),
    "internal Parameter name is required.\nBadRequestException.()",
  );
  const unknown = "Model not found: none\norg.pytorch.serve.archive.model.ModelNotFoundException";
  assert.equal(await refused(to("none", [])), `internal ${unknown}`);
  assert.equal(await refusalOf(askGrpc(protocol, modelReady, { name: "none" })), `not-found ${unknown}`);
  assert.match(await refusalOf(askGrpc(protocol, modelMetadata, { name: "mirror", version: "9" })), /^not-found /);
  assert.match(await refused(to("silent", [])), /^internal .*\norg\.pytorch\.serve\.http\.InternalServerException$/s);
  for (const [inputs, more] of [
    [[input("FP17", {})], {}],
    [[input("INT8", { intContents: [300, 0] })], {}],
    [[input("FP16", {})], {}],
    [[input("INT8", {})], { rawInputContents: [utf8("ab"), utf8("c")] }],
    [[input("INT16", {})], { rawInputContents: [utf8("abc")] }],
  ] as const) {
    assert.match(await refused(to("mirror", [...inputs], more)), /^invalid-argument /);
  }
  assert.match(await refused(to("wide", [input("INT64", { int64Contents: [1n] })])), /^invalid-argument /);
});
