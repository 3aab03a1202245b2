// Calls over a real socket: answers, refusals, limits, deadlines, and clients that leave.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { RawConnection } from "@sealserve/conformance/fixtures/raw-connection";
import { InferenceError } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import { GrpcRefusal } from "@sealserve/protocols/grpc";
import type { Exchange } from "../listener/exchange.ts";
import { all, clientsOf, openFakeGrpc } from "../testing/fake-grpc.ts";

const echoing = (bytes: Uint8Array) => ({ modelName: "m", input: { echo: new Uint8Array(bytes) } });

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof ConnectError, "the call was not refused");
  return thrown;
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, "abort");
}

test("calls of each kind are answered", async () => {
  await using listener = await openFakeGrpc();
  const { inference } = clientsOf(listener.url);
  assert.deepEqual((await inference.predictions(echoing(utf8("one")))).prediction, utf8("one"));
  const large = new Uint8Array(5_000_000).fill(7);
  assert.deepEqual((await inference.predictions(echoing(large))).prediction, large);
  for await (const { prediction } of inference.streamPredictions(echoing(utf8("two")))) {
    assert.deepEqual(prediction, utf8("two"));
  }
  const asked = (async function* () {
    yield echoing(utf8("a"));
    yield echoing(utf8("b"));
  })();
  const answers = await all(inference.streamPredictions2(asked));
  assert.deepEqual(
    answers.map(({ prediction }) => prediction),
    [utf8("a"), utf8("b")],
  );
});

test("answers of a stream come as they are made", async () => {
  const gate = Promise.withResolvers<void>();
  await using listener = await openFakeGrpc({
    async *stream() {
      yield { prediction: utf8("first") };
      await gate.promise;
      yield { prediction: utf8("last") };
    },
  });
  const { inference } = clientsOf(listener.url);
  const answers: string[] = [];
  for await (const { prediction } of inference.streamPredictions({})) {
    answers.push(Buffer.from(prediction).toString());
    gate.resolve();
  }
  assert.deepEqual(answers, ["first", "last"]);
});

test("a message that is too long is refused, plain or compressed, and the connection serves on", async () => {
  await using listener = await openFakeGrpc({ limits: { maxBodyBytes: 10_000 } });
  const { inference } = clientsOf(listener.url);
  const error = await refusal(inference.predictions(echoing(new Uint8Array(20_000))));
  assert.equal(error.code, Code.ResourceExhausted);
  assert.ok(await inference.predictions(echoing(new Uint8Array(9_000))));
  const squeezed = clientsOf(listener.url, { sendCompression: compressionGzip });
  assert.equal(
    (await refusal(squeezed.inference.predictions(echoing(new Uint8Array(1_000_000))))).code,
    Code.ResourceExhausted,
  );
  assert.deepEqual((await squeezed.inference.predictions(echoing(new Uint8Array(9_000)))).prediction.length, 9_000);
});

test("refusals are the protocol's, and what was not foreseen shows nothing of itself", async () => {
  const thrown: unknown[] = [];
  await using listener = await openFakeGrpc({
    async predict() {
      throw thrown.shift();
    },
  });
  const { inference } = clientsOf(listener.url);
  thrown.push(new InferenceError("model-not-found", { model: "m" }));
  const known = await refusal(inference.predictions({}));
  assert.deepEqual([known.code, known.rawMessage], [Code.Unknown, "model-not-found"]);
  thrown.push(new GrpcRefusal("aborted", "in two\nlines, with ü"));
  const worded = await refusal(inference.predictions({}));
  assert.deepEqual([worded.code, worded.rawMessage], [Code.Aborted, "in two\nlines, with ü"]);
  thrown.push(new Error("password=hunter2"));
  const hidden = await refusal(inference.predictions({}));
  assert.deepEqual([hidden.code, hidden.rawMessage], [Code.Unknown, "internal"]);
});

test("a call that must not be made is refused before its request is read", async () => {
  await using listener = await openFakeGrpc({
    admit(method, { headers }) {
      if (headers["authorization"] !== "Bearer t") throw new GrpcRefusal("permission-denied", method.name);
    },
  });
  const { inference } = clientsOf(listener.url);
  const unending = (async function* () {
    yield echoing(utf8("a"));
    await new Promise(() => {});
  })();
  const stream = inference.streamPredictions2(unending)[Symbol.asyncIterator]();
  const error = await refusal(stream.next());
  assert.deepEqual([error.code, error.rawMessage], [Code.PermissionDenied, "sequences"]);
  assert.ok(await inference.predictions({}, { headers: { authorization: "Bearer t" } }));
});

test("a method that is not there is unimplemented, and what is no call is told what to do", async () => {
  await using listener = await openFakeGrpc();
  const error = await refusal(clientsOf(listener.url).inference.ping({}));
  assert.equal(error.code, Code.Unimplemented);
  const session = connect(listener.url);
  const request = session.request({ ":path": "/predictions/m", ":method": "POST" });
  const [headers] = await once(request, "response");
  assert.equal(headers[":status"], 415);
  request.resume();
  session.destroy();
  using old = await RawConnection.open(listener.url);
  old.writeLines("GET / HTTP/1.1\nHost: x\n\n");
  await old.untilClosed();
});

test("metadata that is too long ends its call only", async () => {
  await using listener = await openFakeGrpc({ limits: { maxHeaderBytes: 4_096 } });
  const { inference } = clientsOf(listener.url);
  await refusal(inference.predictions({}, { headers: { "x-long": "x".repeat(8_000) } }));
  assert.ok(await inference.predictions({}));
});

test("a deadline is told to the answer, ends the call, and aborts what it does", async () => {
  const left = Promise.withResolvers<number | null>();
  const ended = Promise.withResolvers<void>();
  await using listener = await openFakeGrpc({
    async predict(_, { signal, timeLeft }) {
      left.resolve(timeLeft());
      await aborted(signal);
      ended.resolve();
      throw new InferenceError("cancelled", {});
    },
  });
  const { inference } = clientsOf(listener.url);
  assert.equal((await refusal(inference.predictions({}, { timeoutMs: 200 }))).code, Code.DeadlineExceeded);
  const milliseconds = await left.promise;
  assert.ok(milliseconds !== null && milliseconds > 0 && milliseconds <= 200);
  await ended.promise;
});

test("a deadline beyond what timers know is none", async () => {
  await using listener = await openFakeGrpc();
  const { inference } = clientsOf(listener.url);
  assert.ok(await inference.predictions({}, { headers: { "grpc-timeout": "99999999H" } }));
});

test("a client that cancels aborts its call", async () => {
  const entered = Promise.withResolvers<AbortSignal>();
  await using listener = await openFakeGrpc({
    async predict(_, { signal }) {
      entered.resolve(signal);
      await aborted(signal);
      throw new InferenceError("cancelled", {});
    },
  });
  const cancelling = new AbortController();
  const call = refusal(clientsOf(listener.url).inference.predictions({}, { signal: cancelling.signal }));
  const signal = await entered.promise;
  cancelling.abort();
  assert.equal((await call).code, Code.Canceled);
  await aborted(signal);
});

test("a client that does not send its request in time is refused", async () => {
  await using listener = await openFakeGrpc({ limits: { requestTimeout: 50 } });
  const session = connect(listener.url);
  const path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
  const request = session.request({ ":path": path, ":method": "POST", "content-type": "application/grpc" });
  request.write(Buffer.from([0, 0, 0]));
  const [headers] = await once(request, "response");
  assert.equal(headers["grpc-status"], String(Code.DeadlineExceeded));
  session.destroy();
});

test("whoever counts is told of each call what it was about and how it ended", async () => {
  const seen: Exchange[] = [];
  const told = Promise.withResolvers<void>();
  await using listener = await openFakeGrpc({
    observe(exchange) {
      if (seen.push(exchange) === 2) told.resolve();
    },
    async predict({ modelName: model }, { about }) {
      about({ model });
      if (model === "none") throw new InferenceError("model-not-found", { model });
      return {};
    },
  });
  const { inference } = clientsOf(listener.url);
  await inference.predictions({ modelName: "m" });
  await refusal(inference.predictions({ modelName: "none" }));
  await told.promise;
  assert.deepEqual(
    seen.map(({ protocol, route, captured, status, error }) => [protocol, route, captured, status, error?.code]),
    [
      ["fake.grpc", "predict", { model: "m" }, 200, undefined],
      ["fake.grpc", "predict", { model: "none" }, 500, "model-not-found"],
    ],
  );
});
