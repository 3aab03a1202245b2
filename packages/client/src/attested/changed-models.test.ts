// Evidence on a connection names the models that were loaded then: once others are, nothing more is asked on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { echo, openInferenceOver } from "@sealserve/conformance/fixtures/open-inference";
import { bytesOf } from "@sealserve/inference";
import { openAttestedServer } from "../testing/attested-server.ts";
import { connectAttested } from "./connect-attested.node.ts";

const endpoint = "/.well-known/attestation";
const index = "/v2/repository/index";
const input = { name: "INPUT0", datatype: "FP32", shape: [1, 16], bytes: bytesOf(new Float32Array(16)) } as const;

/** Until the client has seen that the server closed what it had; a request that crosses it on the way fails as unreachable. */
async function listed(service: { list(): Promise<unknown> }): Promise<void> {
  await service.list().catch((error) => {
    if (error.code !== "unreachable") throw error;
    return service.list();
  });
}

test("a connection that was attested ends when other models are loaded, and the next one names them (D13)", async () => {
  await using server = await openAttestedServer();
  await using service = await connectAttested(server.url, fakeTrust());
  await service.list();
  assert.equal(service.peer.fields.modelSetDigest[0], 1);
  server.changeModels(9);
  await listed(service);
  assert.equal(service.peer.fields.modelSetDigest[0], 9);
  assert.deepEqual(server.asked, [endpoint, index, endpoint, index]);
});

test("a client that pinned the models asks nothing of others (D13)", async () => {
  await using server = await openAttestedServer();
  await using service = await connectAttested(server.url, fakeTrust({ pinned: { modelSetDigest: "01".repeat(32) } }));
  await service.list();
  server.changeModels(9);
  await assert.rejects(listed(service), { code: "pinned-mismatch" });
  assert.deepEqual(server.asked, [endpoint, index, endpoint]);
});

test("a request in flight is answered, and is the last on its connection (D13, G13)", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const model = echo("identity");
  const slow = new ModelService([
    {
      ...model,
      async infer(request) {
        begun.resolve();
        await finish.promise;
        return model.infer(request);
      },
    },
  ]);
  await using server = await openAttestedServer({ protocol: openInferenceOver(slow) });
  await using service = await connectAttested(server.url, fakeTrust());
  const answer = service.infer({ model: { name: "identity" }, inputs: [input] }, new AbortController().signal);
  await begun.promise;
  server.changeModels(9);
  finish.resolve();
  assert.equal((await answer).outputs.length, 1);
  await service.list();
  assert.deepEqual(server.asked, [endpoint, "/v2/models/identity/infer", endpoint, index]);
});

test("a connection that nobody attested stays", async () => {
  await using server = await openAttestedServer({ plaintext: true });
  const ask = async () => (await fetch(`${server.url}/v2/health/live`)).headers.get("connection");
  assert.equal(await ask(), "keep-alive");
  server.changeModels(9);
  assert.equal(await ask(), "keep-alive");
});
