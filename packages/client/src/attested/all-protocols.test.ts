// All three protocols over attested connections: the same refusals, the same answers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { handlerModel, prediction } from "@sealserve/conformance/fixtures/handler-models";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { echo as tensorEcho } from "@sealserve/conformance/fixtures/open-inference";
import { textOf, utf8 } from "@sealserve/primitives";
import { attestation } from "@sealserve/protocols/attestation";
import { tensorflowServing } from "@sealserve/protocols/tensorflow-serving";
import { torchserveInference } from "@sealserve/protocols/torchserve";
import { type Listeners, openListeners, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { connectTensorflowServing } from "../connect-tensorflow-serving.ts";
import { connectTorchserve } from "../connect-torchserve.ts";
import { honestParts } from "../testing/attested-server.ts";
import { openAttested } from "./attested-transport.node.ts";

let listeners: Listeners;
const asked: string[] = [];

before(async () => {
  const service = new ModelService([handlerModel("upper", () => prediction("READ")), tensorEcho("floats")]);
  const pause = async (): Promise<void> => {};
  listeners = await openListeners(
    { host: "127.0.0.1", tls: "self-signed", insecurePlaintext: false },
    [
      { protocol: torchserveInference({ service, ready: () => true, requestId: () => "1", pause }), port: 0 },
      { protocol: tensorflowServing({ service, metrics: async () => "", pause }), port: 0 },
    ],
    {
      clock: systemClock(),
      logger: silentLogger(),
      observe: ({ path }) => asked.push(path),
      everywhere: [attestation(honestParts())],
    },
  );
});
after(() => listeners[Symbol.asyncDispose]());

const urlOf = (name: string): string => listeners.urls[name] ?? "";
test("TorchServe's predictions", async () => {
  const url = urlOf("torchserve.inference");
  await using transport = await openAttested(url, fakeTrust());
  const torchserve = connectTorchserve(url, {}, transport);
  assert.deepEqual(await torchserve.ping(), { healthy: true });
  const fields = [{ name: "data", mediaType: "text/plain", bytes: utf8("read") }];
  const { status, body } = await torchserve.predict({ model: { name: "upper" }, urlPath: "", headers: {}, fields });
  assert.deepEqual([status, textOf(body)], [200, "READ"]);
  const nobody = torchserve.predict({ model: { name: "nobody" }, urlPath: "", headers: {}, fields });
  await assert.rejects(nobody, { code: "model-not-found" });
});

test("TensorFlow Serving's predictions", async () => {
  const url = urlOf("tensorflowServing.rest");
  await using transport = await openAttested(url, fakeTrust());
  const tensorflow = connectTensorflowServing(url, {}, transport);
  const row = Array.from({ length: 16 }, (_, i) => i);
  const args = { signatureName: "serving_default", format: "row", value: utf8(JSON.stringify([row])) } as const;
  const { value } = await tensorflow.predict({ model: { name: "floats" }, ...args });
  assert.deepEqual(JSON.parse(textOf(value)), [row]);
  assert.equal((await tensorflow.status({ name: "floats" })).length, 1);
  assert.deepEqual(await tensorflow.status({ name: "nobody" }), []);
  assert.equal((await tensorflow.metadata({ name: "floats" })).model_spec.name, "floats");
  await assert.rejects(tensorflow.predict({ model: { name: "nobody" }, ...args }), { code: "model-not-found" });
  const wrong = tensorflow.predict({ model: { name: "floats" }, ...args, value: utf8('[["x"]]') });
  await assert.rejects(wrong, { code: "malformed" });
});

test("nothing but the nonce reaches a server that is refused", async () => {
  asked.length = 0;
  for (const url of Object.values(listeners.urls)) {
    await assert.rejects(openAttested(url, fakeTrust({ purpose: "backend" })), { code: "purpose-mismatch" });
  }
  assert.deepEqual(asked, ["/.well-known/attestation", "/.well-known/attestation"]);
});
