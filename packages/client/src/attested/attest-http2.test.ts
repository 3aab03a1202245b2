// gRPC's listeners prove what they are on the very connection that calls come on, and end it when that holds no more.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { fakeTrust } from "@sealserve/conformance/fixtures/fake-tee";
import { ModelService } from "@sealserve/conformance/fixtures/model-service";
import { InferenceAPIsService, torchserveGrpcInference } from "@sealserve/protocols/torchserve-grpc";
import { grpcBinding } from "@sealserve/server/grpc";
import { type AttestedServerOptions, changedChannel, openAttestedServer } from "../testing/attested-server.ts";
import { attestHttp2 } from "./attest-http2.node.ts";

const ping = `/${InferenceAPIsService.typeName}/Ping`;

function openGrpc(options: AttestedServerOptions = {}) {
  const parts = { service: new ModelService([]), requestId: () => "id", pause: async () => {}, ready: () => true };
  return openAttestedServer({ ...options, grpc: grpcBinding(torchserveGrpcInference(parts), 0) });
}

test("verifies a listener of gRPC, then calls it on the same connection", async () => {
  await using server = await openGrpc();
  using attested = await attestHttp2(server.url, fakeTrust());
  assert.equal(attested.peer.fields.purpose, "client-facing");
  const head = { ":method": "POST", ":path": ping, "content-type": "application/grpc", te: "trailers" };
  const call = attested.session.request(head);
  // An empty message.
  call.end(new Uint8Array(5));
  const trailers = once(call, "trailers");
  call.resume();
  assert.equal((await trailers)[0]["grpc-status"], "0");
});

test("other models end the connection that evidence was given on", async () => {
  await using server = await openGrpc();
  using attested = await attestHttp2(server.url, fakeTrust());
  const ended = once(attested.session, "goaway");
  server.changeModels(9);
  await ended;
});

test("evidence for another connection or certificate is refused", async () => {
  for (const [changes, code] of [
    [{ exporter: () => new Uint8Array(32) }, "channel-mismatch"],
    [{ spkiSha256: () => new Uint8Array(32) }, "certificate-mismatch"],
  ] as const) {
    await using server = await openGrpc({
      twist: ({ attest }) => ({
        attest: (nonce, channel) => attest(nonce, channel && changedChannel(channel, changes)),
      }),
    });
    await assert.rejects(attestHttp2(server.url, fakeTrust()), { code });
  }
});
