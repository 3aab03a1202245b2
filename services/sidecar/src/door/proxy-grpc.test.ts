// gRPC through the proxy: messages both ways as they come, status in trailers, cancellation both ways, refusals as gRPC has them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, type OutgoingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { openProxy } from "../testing/open-proxy.ts";
import { answerTo, grpcUpstream, http2Client } from "../testing/upstreams.ts";

const call = (path = "/inference.GRPCInferenceService/ModelInfer"): OutgoingHttpHeaders => ({
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
  "grpc-timeout": "5S",
});
const ok = { "content-type": "application/grpc" };

test("messages go both ways while the call lasts, and its status comes in trailers", async () => {
  await using upstream = await grpcUpstream((stream, headers) => {
    assert.equal(headers["grpc-timeout"], "5S");
    assert.equal(headers["te"], "trailers");
    stream.respond({ ":status": 200, ...ok }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "well" }));
    stream.on("data", (chunk) => stream.write(chunk));
    stream.on("end", () => stream.end());
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  for (const message of ["one", "two", "three"]) {
    stream.write(message);
    assert.equal(String((await once(stream, "data"))[0]), message);
  }
  const trailers = once(stream, "trailers");
  stream.end();
  stream.resume();
  const [sent] = await trailers;
  assert.deepEqual([sent["grpc-status"], sent["grpc-message"]], ["0", "well"]);
});

test("a status without a message comes as it is", async () => {
  await using upstream = await grpcUpstream((stream) => {
    stream.respond({ ":status": 200, ...ok, "grpc-status": "5" }, { endStream: true });
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  stream.end();
  const { headers, body } = await answerTo(stream);
  assert.deepEqual([headers["grpc-status"], body.length], ["5", 0]);
});

test("a hundred calls at once share one connection to the upstream", async () => {
  const sessions = new Set<unknown>();
  await using upstream = await grpcUpstream((stream) => {
    sessions.add(stream.session);
    stream.respond({ ":status": 200, ...ok }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const bodies = Array.from({ length: 100 }, (_, nth) => Buffer.alloc(100_000, nth));
  const answers = await Promise.all(
    bodies.map((body) => {
      const stream = client.call(call());
      stream.end(body);
      return answerTo(stream);
    }),
  );
  for (const [nth, answer] of answers.entries()) {
    assert.ok(bodies[nth]?.equals(answer.body));
    assert.equal(answer.trailers["grpc-status"], "0");
  }
  assert.equal(sessions.size, 1);
});

test("a client that cancels cancels the upstream's call", async () => {
  const cancelled = Promise.withResolvers<number | undefined>();
  await using upstream = await grpcUpstream((stream) => {
    stream.respond({ ":status": 200, ...ok });
    stream.write("first");
    stream.once("close", () => cancelled.resolve(stream.rstCode));
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  await once(stream, "data");
  stream.close(constants.NGHTTP2_CANCEL);
  assert.equal(await cancelled.promise, constants.NGHTTP2_CANCEL);
});

test("a request that is broken off never arrives as a whole one", async () => {
  const seen: string[] = [];
  const closed = Promise.withResolvers<void>();
  await using upstream = await grpcUpstream((stream) => {
    stream.respond({ ":status": 200, ...ok });
    stream.on("data", (chunk) => seen.push(String(chunk)) && stream.write(chunk));
    stream.on("end", () => setImmediate(() => seen.push(stream.aborted ? "aborted" : "end")));
    stream.once("close", () => setImmediate(closed.resolve));
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  stream.write("half");
  await once(stream, "data");
  stream.close(constants.NGHTTP2_CANCEL);
  await closed.promise;
  assert.deepEqual(seen, ["half", "aborted"]);
});

test("an upstream that breaks off breaks off the client's call with the same code", async () => {
  await using upstream = await grpcUpstream((stream) => {
    stream.respond({ ":status": 200, ...ok });
    stream.write("part", () => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM));
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  stream.resume();
  await new Promise((resolve) => stream.once("close", resolve));
  assert.equal(stream.rstCode, constants.NGHTTP2_ENHANCE_YOUR_CALM);
});

test("an upstream that dies under a call ends the call; the next one finds its successor", async () => {
  let dies = true;
  await using upstream = await grpcUpstream((stream) => {
    stream.respond({ ":status": 200, ...ok }, { waitForTrailers: true });
    if (dies) stream.write("part", () => stream.session?.destroy());
    else stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" })).end("whole");
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const first = client.call(call());
  first.resume();
  await new Promise((resolve) => first.once("close", resolve));
  assert.notEqual(first.rstCode, constants.NGHTTP2_NO_ERROR);
  dies = false;
  const second = client.call(call());
  second.end();
  const { text, trailers } = await answerTo(second);
  assert.deepEqual([text, trailers["grpc-status"]], ["whole", "0"]);
});

test("a slow upstream holds a fast client back", async () => {
  await using upstream = await grpcUpstream((stream) => {
    stream.pause();
  });
  await using proxy = await openProxy({ grpc: upstream.port });
  await using client = await http2Client(proxy.url);
  const stream = client.call(call());
  let taken = 0;
  const chunk = Buffer.alloc(1 << 16);
  const write = (): void =>
    void stream.write(chunk, () => {
      taken += chunk.length;
      if (taken < 1 << 28) write();
    });
  write();
  let before = -1;
  while (before !== taken) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.ok(taken < 1 << 24, `${taken} bytes were taken`);
});

test("refusals are gRPC's own", async () => {
  const status = async (options: Parameters<typeof openProxy>[0], path?: string): Promise<unknown> => {
    await using proxy = await openProxy(options);
    await using client = await http2Client(proxy.url);
    const stream = client.call(call(path));
    stream.end("a message that nobody wants");
    const { status: http, headers } = await answerTo(stream);
    return [http, headers["grpc-status"]];
  };
  await using upstream = await grpcUpstream((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
  const grpc = upstream.port;
  const protocol = "open-inference";
  assert.deepEqual(await status({ grpc, protocol }, "/other.Service/Call"), [200, "12"]);
  const load = "/inference.GRPCInferenceService/RepositoryModelLoad";
  assert.deepEqual(await status({ grpc, protocol }, load), [200, "7"]);
  assert.deepEqual(await status({ grpc, notReady: () => "it starts" }), [200, "14"]);
  assert.deepEqual(await status({}), [200, "12"]);
  assert.deepEqual(await status({ grpc: 1 }), [200, "14"]);
});
