// Predictions over gRPC: one answer, several, and sequences.
import { InferenceAPIsService, ManagementAPIsService } from "@sealserve/protocols/torchserve-grpc";
import { callsOn, type Row, type RowOptions } from "../row.ts";

const { ping, predictions, streamPredictions, streamPredictions2 } = InferenceAPIsService.method;
const { registerModel, unregisterModel } = ManagementAPIsService.method;
const inference = callsOn("grpcInference");
const management = callsOn("grpcManagement");

const told = "an answer names the sequence that it belongs to: the field is there for it";
const empty = "the original ends the call with `UNKNOWN` and no words; here an answer says what is wrong";

const asked = (modelName: string, input: Record<string, string> = {}, more: object = {}) => ({
  ...{ modelName, ...more },
  input: Object.fromEntries(Object.entries(input).map(([name, text]) => [name, Buffer.from(text)])),
});
const refused = (name: string, wish: object, options: RowOptions = {}): Row =>
  inference(name, predictions, asked("refuse", { body: JSON.stringify(wish) }), options);
const next = (number: string, sequenceId: string) => asked("grpc-counts", { body: number }, { sequenceId });

export const grpcPredictionRows: readonly Row[] = [
  inference("ping", ping, {}),
  inference("bytes there and back", predictions, asked("echo", { data: "hello" })),
  inference("with a version", predictions, asked("echo", { data: "hello" }, { modelVersion: "1.0" })),
  inference("what a handler is given", predictions, asked("inspect", { a: "one", b: "" })),
  inference("without fields", predictions, asked("inspect")),
  inference("with a name of a sequence, which is not read", predictions, asked("inspect", {}, { sequenceId: "s" })),
  inference("an unknown model", predictions, asked("nothing")),
  inference("an unknown version", predictions, asked("echo", {}, { modelVersion: "9" })),
  inference("no model's name", predictions, asked("")),
  inference("a model without tensors of images", predictions, asked("residual", { data: "no picture" })),
  refused("a handler's refusal of 400", { kind: "prediction", code: 400 }),
  refused("a handler's refusal of 404", { kind: "prediction", code: 404 }),
  refused("a handler's refusal of 409", { kind: "prediction", code: 409 }),
  refused(
    "a handler's refusal of 413",
    { kind: "prediction", code: 413 },
    {
      differs: "it is 507 here, as it is over HTTP in both",
    },
  ),
  refused("a handler's refusal of 418", { kind: "prediction", code: 418 }),
  refused("a handler's refusal of 429", { kind: "prediction", code: 429 }),
  refused("a handler's refusal of 501", { kind: "prediction", code: 501 }),
  refused("a handler's refusal of 504", { kind: "prediction", code: 504 }),
  refused("a handler that fails", { kind: "plain" }),
  refused("a handler without memory", { kind: "memory" }),
  refused("a status of a handler's is left out", { kind: "status", code: 404, phrase: "told" }),
  refused("a header of a handler's is left out", { kind: "header", name: "x-told", value: "1" }),
  inference("an answer in parts", streamPredictions, asked("stream")),
  inference("parts of an unknown model", streamPredictions, asked("nothing")),
  inference("parts of an unknown version", streamPredictions, asked("stream", {}, { modelVersion: "9" })),
  inference("parts of no model's name", streamPredictions, asked("")),
  management("a model with sequences", registerModel, {
    ...{ url: "counts.mar", modelName: "grpc-counts", initialWorkers: 1, synchronous: true },
  }),
  inference("a sequence", streamPredictions2, [next("1", "one"), next("2", "one")], { answers: 2, differs: told }),
  inference("the sequence goes on", streamPredictions2, [next("4", "one")], { differs: told }),
  inference("another sequence", streamPredictions2, [next("5", "two")], { differs: told }),
  inference("without a sequence's name", streamPredictions2, [asked("grpc-counts", { body: "1" })]),
  inference("a sequence of no model", streamPredictions2, [asked("", {}, { sequenceId: "one" })], { differs: empty }),
  inference("a sequence of an unknown model", streamPredictions2, [asked("nothing", {}, { sequenceId: "one" })], {
    differs: empty,
  }),
  inference(
    "a sequence of a model that has none",
    streamPredictions2,
    [asked("echo", { data: "a" }, { sequenceId: "s" })],
    {
      differs: empty,
    },
  ),
  management("the model with sequences goes", unregisterModel, { modelName: "grpc-counts" }),
];
