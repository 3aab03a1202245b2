// The Open Inference protocol over gRPC, in TorchServe's own package.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { GRPCInferenceService, ManagementAPIsService } from "@sealserve/protocols/torchserve-grpc";
import { callsOn, type Row, type RowOptions } from "../row.ts";

const { serverLive, serverReady, serverMetadata, modelReady, modelMetadata, modelInfer } = GRPCInferenceService.method;
const { registerModel, unregisterModel } = ManagementAPIsService.method;
const inference = callsOn("grpcInference");
const management = callsOn("grpcManagement");

type Request = MessageInitShape<(typeof modelInfer)["input"]>;

const modelName = "open-inference";
const refusedHere = "a handler would misread it: it is refused";
const noDocument = "the worker lives on, and the description says what is wrong";

const input = (datatype: string, contents: object, shape = [2n]) => ({ name: "x", datatype, shape, contents });
const infer = (name: string, id: string, inputs: object[], options: RowOptions & { more?: object } = {}): Row => {
  const { more = {}, ...rest } = options;
  const request: Request = { modelName, id, inputs, ...more };
  return inference(name, modelInfer, request, rest);
};
/** There and back, and as the handler sees it. */
const both = (datatype: string, contents: object, differs: string | null = null): readonly Row[] => [
  infer(`${datatype} there and back`, "back", [input(datatype, contents)]),
  infer(`${datatype} as a handler sees it`, "show", [input(datatype, contents)], { differs }),
];

export const grpcOpenInferenceRows: readonly Row[] = [
  management("a model for it", registerModel, { url: "open-inference.mar", initialWorkers: 1, synchronous: true }),
  inference("the server lives", serverLive, {}),
  inference("the server is ready", serverReady, {}),
  inference(
    "the server's metadata",
    serverMetadata,
    {},
    { differs: "the original never answers this call of its own" },
  ),
  inference("a model is ready", modelReady, { name: modelName }),
  inference("a version is ready", modelReady, { name: modelName, version: "1.0" }),
  inference("an unknown version is not ready", modelReady, { name: modelName, version: "9" }),
  inference("an unknown model is not ready", modelReady, { name: "nothing" }),
  inference("readiness of no name", modelReady, {}),
  inference("a model's metadata", modelMetadata, { name: modelName }),
  inference("an unknown version's metadata", modelMetadata, { name: modelName, version: "9" }),
  inference("an unknown model's metadata", modelMetadata, { name: "nothing" }),
  inference("metadata of no name", modelMetadata, {}),
  ...both("BOOL", { boolContents: [true, false] }),
  ...both("INT8", { intContents: [-1, 127] }),
  ...both("INT32", { intContents: [-(2 ** 31), 2] }),
  ...both("INT64", { int64Contents: [2n ** 62n + 1n, -2n] }),
  ...both("UINT8", { uintContents: [255, 0] }),
  ...both("UINT64", { uint64Contents: [2n ** 64n - 1n, 2n] }, "the original makes -1 of 18446744073709551615"),
  ...both("FP32", { fp32Contents: [1.5, 0.1] }),
  ...both("FP64", { fp64Contents: [0.1, 1e300] }),
  ...both("BYTES", { bytesContents: [Buffer.from("ab"), Buffer.from([255, 34])] }),
  infer("elements of an answer that are JSON", "mixed", []),
  infer("two inputs", "back", [input("INT8", { intContents: [1, 2] }), input("BOOL", { boolContents: [true] }, [1n])]),
  infer("no inputs", "show", []),
  infer("no id", "", []),
  infer("with a version", "show", [], { more: { modelVersion: "1.0" } }),
  infer("parameters and wanted outputs are passed over", "show", [input("BOOL", { boolContents: [true, true] })], {
    more: { parameters: { a: { parameterChoice: { case: "int64Param", value: 3n } } }, outputs: [{ name: "y" }] },
  }),
  infer("a shape that its elements do not fill", "show", [input("INT8", { intContents: [1] }, [-1n])]),
  infer("raw contents", "show", [input("INT8", {})], {
    ...{ more: { rawInputContents: [Buffer.from([1, 2])] }, differs: "they are the elements: nothing is lost" },
  }),
  infer("a type that there is not", "show", [input("FP17", {})], { differs: refusedHere }),
  infer("a value that its type does not hold", "show", [input("INT8", { intContents: [300] })], {
    differs: refusedHere,
  }),
  infer("a handler that fails", "raise", []),
  infer("an unknown version", "show", [], { more: { modelVersion: "9" } }),
  infer("an unknown model", "show", [], { more: { modelName: "nothing" } }),
  infer("no model's name", "show", [], { more: { modelName: "" } }),
  infer("an answer that is no document", "nonsense", [], { differs: noDocument }),
  infer("there is an answer again", "show", [], { within: 20_000 }),
  infer("an answer that lacks something", "incomplete", [], { differs: noDocument }),
  infer("there is an answer once more", "show", [], { within: 20_000 }),
  management("that model goes", unregisterModel, { modelName }),
];
