// The client against the protocol itself, without a socket: what goes in on one side comes out on the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "@sealserve/conformance/fixtures/ask-protocol";
import { echoService, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import { bytesOf, InferenceError, type InferenceErrorCode, type InferenceService } from "@sealserve/inference";
import { connect } from "./connect.ts";

/** A fetch that hands its request to the protocol. */
function fetchFrom(protocol: Parameters<typeof ask>[0]): typeof fetch {
  return async (target, init) => {
    const url = new URL(String(target));
    const headers = Object.fromEntries(new Headers(init?.headers));
    const body = init?.body instanceof Uint8Array ? init.body : new Uint8Array();
    const answer = await ask(protocol, init?.method ?? "GET", url.pathname, { headers, body });
    return new Response(new Uint8Array(answer.body), {
      status: answer.status,
      headers: new Headers(Object.entries(answer.headers).map(([name, value]) => [name, value ?? ""])),
    });
  };
}

const service: InferenceService = connect(
  "http://server.test",
  {},
  { fetch: fetchFrom(openInferenceOver(echoService())) },
);
const signal = new AbortController().signal;
const values = Float32Array.from({ length: 16 }, (_, i) => i / 3);
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: bytesOf(values) } as const;

function rejects(code: InferenceErrorCode, promise: Promise<unknown>): Promise<void> {
  return assert.rejects(promise, (error) => error instanceof InferenceError && error.code === code);
}

test("tensors go and come back bit for bit", async () => {
  const { outputs, id } = await service.infer({ model: { name: "identity" }, id: "7", inputs: [input] }, signal);
  assert.equal(id, "7");
  assert.deepEqual(
    outputs.map(({ name, shape }) => ({ name, shape })),
    [{ name: "OUTPUT0", shape: [1, 16] }],
  );
  assert.deepEqual([...(outputs[0]?.bytes ?? [])], [...input.bytes]);
});

test("metadata and states are told", async () => {
  const metadata = await service.metadata({ name: "identity" });
  assert.deepEqual(metadata.inputs, [{ name: "INPUT0", datatype: "FP32", shape: [-1, 16] }]);
  assert.equal(metadata.maxBatchSize, Number.POSITIVE_INFINITY);
  const broken = (await service.list()).find(({ name }) => name === "broken");
  assert.deepEqual([broken?.state, broken?.reason], ["end", "not an ONNX file"]);
  assert.equal((await service.status({ name: "identity" })).length, 1);
});

test("refusals keep their codes", async () => {
  await rejects("model-not-found", service.infer({ model: { name: "nobody" }, inputs: [input] }, signal));
  await rejects("version-not-found", service.metadata({ name: "identity", version: "9" }));
  await rejects("model-not-found", service.status({ name: "nobody" }));
  await rejects("version-not-found", service.status({ name: "identity", version: "9" }));
});

test("nobody there, an answer too long, an abort and a strange URL are told apart", async () => {
  const down = connect("http://server.test", {}, { fetch: () => Promise.reject(new TypeError("fetch failed")) });
  await rejects("unreachable", down.list());
  const fetchAnswer = fetchFrom(openInferenceOver(echoService()));
  await rejects("too-large", connect("http://server.test", { maxAnswerBytes: 10 }, { fetch: fetchAnswer }).list());
  const aborting: typeof fetch = (_, init) => Promise.reject(init?.signal?.reason);
  const given = { model: { name: "identity" }, inputs: [input] };
  await rejects("cancelled", connect("http://server.test", {}, { fetch: aborting }).infer(given, AbortSignal.abort()));
  for (const url of ["server.test", "ftp://server.test", ""]) {
    assert.throws(
      () => connect(url),
      (error) => error instanceof InferenceError && error.code === "invalid-parameter",
    );
  }
});
