// Models over gRPC: lists, descriptions and changes, in an order that matters.
import { InferenceAPIsService, ManagementAPIsService } from "@sealserve/protocols/torchserve-grpc";
import { callsOn, type Row } from "../row.ts";

const { describeModel, listModels, registerModel, scaleWorker, setDefault, unregisterModel } =
  ManagementAPIsService.method;
const { predictions } = InferenceAPIsService.method;
const management = callsOn("grpcManagement");
const inference = callsOn("grpcInference");

const synchronous = true;
const modelName = "grpc-twice";
const registered = { modelName, initialWorkers: 1, synchronous };
const ask = { modelName, input: { data: Buffer.from("a") } };

export const grpcManagementRows: readonly Row[] = [
  management("a list", listModels, { limit: 4 }),
  management("a page", listModels, { limit: 2 }),
  management("the next page", listModels, { limit: 2, nextPageToken: 2 }),
  management("a list without a limit", listModels, {}, { differs: "what is not given is the default, as over HTTP" }),
  management("a description", describeModel, { modelName: "echo" }),
  management("a description of a version", describeModel, { modelName: "echo", modelVersion: "1.0" }),
  management("a description of all versions", describeModel, { modelName: "echo", modelVersion: "all" }),
  management("a description of an unknown model", describeModel, { modelName: "nothing" }),
  management("a description of an unknown version", describeModel, { modelName: "echo", modelVersion: "9" }),
  management("a description of no name", describeModel, {}),
  management("registering without a URL", registerModel, {}),
  management("registering what is not there", registerModel, { url: "not-there.mar", synchronous }),
  management("registering no archive", registerModel, { url: "no-zip.mar", synchronous }),
  management("registering without workers", registerModel, { url: "twice-one.mar", modelName, synchronous }),
  inference("a model without workers", predictions, ask),
  management("a model without workers is described", describeModel, { modelName }),
  management("workers for it", scaleWorker, { modelName, minWorker: 1, synchronous }),
  inference("it answers then", predictions, ask),
  management("the second version", registerModel, { ...registered, url: "twice-two.mar" }),
  management(
    "the second version once more",
    registerModel,
    { ...registered, url: "twice-two.mar" },
    {
      differs: "the original ends the call with `UNKNOWN` and no words; here it is HTTP's 409",
    },
  ),
  inference("the first is the default", predictions, ask),
  inference("the second by its number", predictions, { ...ask, modelVersion: "2.0" }),
  management(
    "the default cannot go first",
    unregisterModel,
    { modelName, modelVersion: "1.0" },
    {
      differs: "the original ends the call with `UNKNOWN` and no words; here it is HTTP's 403",
    },
  ),
  management("the second becomes the default", setDefault, { modelName, modelVersion: "2.0" }),
  inference("the second is the default now", predictions, ask),
  management("an unknown version as the default", setDefault, { modelName, modelVersion: "9.9" }),
  management("an unknown model's default", setDefault, { modelName: "nothing", modelVersion: "1.0" }),
  management("two workers", scaleWorker, { modelName, modelVersion: "2.0", minWorker: 2, synchronous }),
  management("two workers are described", describeModel, { modelName, modelVersion: "2.0" }),
  management("max below min", scaleWorker, { modelName, minWorker: 3, maxWorker: 1, synchronous }),
  management("scaling an unknown model", scaleWorker, { modelName: "nothing", minWorker: 1, synchronous }),
  management("scaling an unknown version", scaleWorker, { modelName, modelVersion: "9.9", minWorker: 1 }),
  management("the first version goes", unregisterModel, { modelName, modelVersion: "1.0" }),
  management("the rest goes", unregisterModel, { modelName }),
  management("it cannot go twice", unregisterModel, { modelName }),
  management("unregistering no name", unregisterModel, {}),
  inference("it is gone", predictions, ask),
];
