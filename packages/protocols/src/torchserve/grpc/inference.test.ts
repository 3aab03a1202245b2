// The inference API over gRPC: what models see, what clients get, and the original's statuses and sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { askGrpc, refusalOf } from "@sealserve/conformance/fixtures/ask-grpc";
import { handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { type FunctionModel, ModelService, tensorModel } from "@sealserve/conformance/fixtures/model-service";
import { decodeByteStrings, InferenceError, toInferenceError } from "@sealserve/inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { ErrorInfoSchema } from "../../generated/google/rpc/error_details_pb.ts";
import { InferenceAPIsService, type PredictionsRequest, torchserveGrpcInference } from "./index.ts";

const { ping, predictions, streamPredictions, streamPredictions2 } = InferenceAPIsService.method;

const echo = handlerModel("echo", ({ inputs: [first] }) =>
  prediction(decodeByteStrings("", first?.bytes ?? new Uint8Array())[0] ?? "nothing"),
);
const chatty: FunctionModel = {
  ...handlerModel("chatty", () => prediction("all of it")),
  async *stream() {
    yield prediction("a", undefined, { "http.header.ts_stream_next": "true" });
    yield prediction("b", undefined, { "http.header.ts_stream_next": "false" });
  },
};
const input = { name: "x", datatype: "FP32", shape: [-1, 2] } as const;
const same = tensorModel({ name: "same", inputs: [input], outputs: [{ ...input, name: "y" }] }, ([x]) =>
  x ? [{ ...x, name: "y" }] : [],
);

function listening(models: readonly FunctionModel[] = [echo, chatty, same], ready = true) {
  const service = new ModelService(models);
  let ids = 0;
  const requestId = () => `id-${++ids}`;
  const parts = { service, requestId, pause: async () => {}, ready: () => ready };
  return { protocol: torchserveGrpcInference(parts), service, parts };
}

type Asked = Partial<Pick<PredictionsRequest, "modelName" | "modelVersion" | "sequenceId">> & { data?: string };
const request = ({ data = "hi", ...asked }: Asked) => ({ modelName: "echo", input: { data: utf8(data) }, ...asked });

test("a prediction gives the handler's bytes; its fields have no media type and its headers are none of HTTP's", async () => {
  const { protocol, service } = listening();
  const about: unknown[] = [];
  const call = { about: (captured: unknown) => about.push(captured), timeLeft: () => 250 };
  const [answer] = await askGrpc(protocol, predictions, request({ modelVersion: "1.0" }), call);
  assert.equal(textOf(answer?.prediction ?? utf8("")), "hi");
  assert.deepEqual(about, [{ model: "echo", version: "1.0" }]);
  const [seen] = service.seen;
  assert.deepEqual(
    [seen?.model, seen?.id, seen?.parameters, seen?.timeout],
    [{ name: "echo", version: "1.0" }, "id-1", {}, 250],
  );
  assert.deepEqual(
    seen?.inputs.map(({ name, parameters }) => [name, parameters]),
    [["data", undefined]],
  );
});

test("a model of tensors takes JSON and gives JSON", async () => {
  const { protocol } = listening();
  const [answer] = await askGrpc(protocol, predictions, request({ modelName: "same", data: "[[1, 2.5]]" }));
  assert.deepEqual(JSON.parse(textOf(answer?.prediction ?? utf8(""))), [[1, 2.5]]);
});

test("a model that streams gives all as one, or each answer as it comes", async () => {
  const { protocol } = listening();
  const bytes = async (method: typeof predictions | typeof streamPredictions) =>
    (await askGrpc(protocol, method, request({ modelName: "chatty" }))).map(({ prediction: each }) => textOf(each));
  assert.deepEqual(await bytes(predictions), ["all of it"]);
  assert.deepEqual(await bytes(streamPredictions), ["a", "b"]);
});

test("refusals carry the original's status, sentence and class", async () => {
  const refused = async (asked: Asked) => refusalOf(askGrpc(listening().protocol, predictions, request(asked)));
  const archive = "org.pytorch.serve.archive.model";
  assert.equal(await refused({ modelName: "" }), "internal Parameter model_name is required.\nBadRequestException.()");
  assert.equal(
    await refused({ modelName: "none" }),
    `internal Model not found: none\n${archive}.ModelNotFoundException`,
  );
  assert.equal(
    await refused({ modelVersion: "9" }),
    `internal Model version: 9 does not exist for model: echo\n${archive}.ModelVersionNotFoundException`,
  );
  assert.match(
    await refused({ modelName: "same", data: "[[1" }),
    /^invalid-argument .*\norg\.pytorch\.serve\.http\.BadRequestException$/,
  );
});

const http = "org.pytorch.serve.http";
const failures: readonly (readonly [InferenceError, RegExp])[] = [
  [
    new InferenceError("handler-failed", { model: "m", status: 413, reason: "too bad" }),
    new RegExp(`^resource-exhausted too bad\n${http}.InternalServerException$`),
  ],
  [new InferenceError("handler-failed", { model: "m", status: 418, reason: "no" }), /^failed-precondition no\n/],
  [new InferenceError("handler-failed", { model: "m", status: 200, reason: "no" }), /^unavailable no\n/],
  [
    new InferenceError("queue-full", { model: "m", version: "1.0", limit: 1 }),
    /^internal Model "m" has no worker .*\nInternalServerException\.\(\)$/,
  ],
  [new InferenceError("deadline-exceeded", { model: "m", limit: 1 }), /^deadline-exceeded /],
  [
    new InferenceError("engine-unavailable", { model: "m", reason: "gone" }),
    /^(?:internal|unavailable) Worker died\.\n/,
  ],
  [new InferenceError("cancelled", {}), /^cancelled /],
  [new InferenceError("internal", {}, new Error("password=hunter2")), /^internal internal error\n/],
];

for (const [error, expected] of failures) {
  test(`${error.code} of a model, ${JSON.stringify(error.facts)}`, async () => {
    const failing = handlerModel("echo", () => Promise.reject(error));
    assert.match(await refusalOf(askGrpc(listening([failing]).protocol, predictions, request({}))), expected);
  });
}

test("a version that was asked for is named where it has no worker, and one that was unloaded is not there", async () => {
  const asked = (error: InferenceError) =>
    refusalOf(
      askGrpc(
        listening([handlerModel("echo", () => Promise.reject(error))]).protocol,
        predictions,
        request({ modelVersion: "1.0" }),
      ),
    );
  const full = await asked(new InferenceError("queue-full", { model: "m", version: "1.0", limit: 1 }));
  assert.match(full, /^internal Model "m" Version 1\.0" has no worker /);
  const { protocol, service } = listening();
  const facts = { model: "echo", version: "1.0", state: "end", reason: "it was unloaded" } as const;
  service.infer = () => Promise.reject(new InferenceError("model-not-ready", facts));
  service.list = async () => [];
  assert.match(await refusalOf(askGrpc(protocol, predictions, request({}))), /^internal Model not found: echo\n/);
});

test("a deadline that has passed is not asked of the model", async () => {
  const { protocol, service } = listening();
  const refused = await refusalOf(askGrpc(protocol, predictions, request({}), { timeLeft: () => 0 }));
  assert.match(refused, /^deadline-exceeded /);
  assert.equal(service.seen.length, 0);
});

test("ping tells health as the HTTP API's text", async () => {
  const health = async (ready: boolean) => (await askGrpc(listening([echo], ready).protocol, ping, {}))[0]?.health;
  assert.equal(await health(true), '{\n  "status": "Healthy"\n}');
  assert.equal(await health(false), '{\n  "status": "Unhealthy"\n}');
});

test("a token that is not shown or not taken is refused in one line (G16)", async () => {
  const { parts } = listening();
  const asked: unknown[] = [];
  const authorize = (...shown: unknown[]) => asked.push(shown) > 1;
  const protocol = torchserveGrpcInference({ ...parts, authorize });
  const sentence = "Token Authorization failed. Token either incorrect, expired, or not provided correctly";
  assert.equal(await refusalOf(askGrpc(protocol, ping, {})), `permission-denied ${sentence}`);
  const headers = { authorization: "Bearer x" };
  assert.equal((await askGrpc(protocol, predictions, request({}), { headers })).length, 1);
  assert.deepEqual(asked, [
    ["inference", null],
    ["inference", "Bearer x"],
  ]);
});

test("sequences: headers for the handler, and an id for one that begins without", async () => {
  const { protocol, service } = listening();
  const begin = { ...request({}), input: { ts_request_sequence_start: utf8("True") } };
  const end = { ...request({ sequenceId: "s" }), input: { ts_request_sequence_end: utf8("true") } };
  const answers = await askGrpc(protocol, streamPredictions2, [request({ sequenceId: "s" }), end, begin]);
  assert.deepEqual(answers.map(({ sequenceId }) => sequenceId).sort(), ["s", "s", "ts-seq-id-3"]);
  const prefix = "http.header.ts_request_sequence_";
  assert.deepEqual(
    service.seen.map(({ parameters }) => parameters),
    [
      { [`${prefix}id`]: "s" },
      { [`${prefix}id`]: "s", [`${prefix}end`]: "true" },
      { [`${prefix}id`]: "ts-seq-id-3", [`${prefix}start`]: "true" },
    ],
  );
});

test("sequences: an error is an answer with its class as a detail, and the stream goes on", async () => {
  const { protocol } = listening();
  const asked = [request({}), request({ modelName: "none", sequenceId: "s" }), request({ sequenceId: "s" })];
  const answers = await askGrpc(protocol, streamPredictions2, asked);
  const found = answers.map(({ prediction: bytes, status }) => {
    const [detail] = status?.details ?? [];
    return [textOf(bytes), status?.code, status?.message, detail && fromBinary(ErrorInfoSchema, detail.value).reason];
  });
  found.sort(([, , one = ""], [, , other = ""]) => String(one).localeCompare(String(other)));
  assert.deepEqual(found, [
    ["hi", undefined, undefined, undefined],
    ["", 13, "Model not found: none", "org.pytorch.serve.archive.model.ModelNotFoundException"],
    ["", 13, "Parameter sequenceId is required.", "BadRequestException.()"],
  ]);
});

test("a change that must not be made is refused in the token's sentence", () => {
  const error = toInferenceError(new InferenceError("unauthorized", { what: "it" }));
  const { code, message } = listening().protocol.refuse(error);
  assert.equal(code, "permission-denied");
  assert.doesNotMatch(message, /\n/);
});
