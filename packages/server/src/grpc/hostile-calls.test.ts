// Calls by hand: messages that are cut, damaged or packed wrongly, bad metadata, and answers that break off.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { grpcCodes } from "@sealserve/protocols/grpc";
import type { Listener } from "../listener/open-listener.ts";
import { openFakeGrpc } from "../testing/fake-grpc.ts";
import { frameOf } from "./frames.ts";

let listener: Listener;
before(async () => {
  listener = await openFakeGrpc({
    limits: { maxBodyBytes: 1000 },
    async *stream() {
      yield {};
      throw new Error("in the midst");
    },
  });
});
after(() => listener.stop());

interface Ended {
  readonly status: number;
  readonly message: string;
  readonly bytes: Buffer;
}

/** The whole of a call; `open`: the client never ends its half. */
async function call(
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  { method = "Predictions", open = false } = {},
): Promise<Ended> {
  const session = connect(listener.url);
  try {
    const path = `/org.pytorch.serve.grpc.inference.InferenceAPIsService/${method}`;
    const stream = session.request({
      ":path": path,
      ":method": "POST",
      "content-type": "application/grpc",
      ...headers,
    });
    let found: Record<string, unknown> = {};
    stream.on("response", (head) => Object.assign(found, head));
    stream.on("trailers", (trailers) => {
      found = { ...found, ...trailers };
    });
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    if (open) stream.write(body);
    else stream.end(body);
    await once(stream, "close");
    const message = decodeURIComponent(String(found["grpc-message"] ?? ""));
    return { status: Number(found["grpc-status"]), message, bytes: Buffer.concat(pieces) };
  } finally {
    session.destroy();
  }
}

const empty = frameOf(new Uint8Array());
const compressed = (bytes: Uint8Array): Uint8Array => {
  const frame = frameOf(bytes);
  frame[0] = 1;
  return frame;
};

const rows: readonly (readonly [string, Uint8Array, Readonly<Record<string, string>>, number])[] = [
  ["no message", new Uint8Array(), {}, grpcCodes["invalid-argument"]],
  ["half a head", empty.subarray(0, 3), {}, grpcCodes["invalid-argument"]],
  ["half a message", frameOf(new Uint8Array(9)).subarray(0, 9), {}, grpcCodes["invalid-argument"]],
  ["two messages", Buffer.concat([empty, empty]), {}, grpcCodes.unimplemented],
  ["no protobuf", frameOf(Buffer.from("not protobuf")), {}, grpcCodes["invalid-argument"]],
  ["a flag that is none", Uint8Array.of(9, 0, 0, 0, 0), {}, grpcCodes.internal],
  [
    "too long a message, of which nothing comes",
    Uint8Array.of(0, 255, 255, 255, 255),
    {},
    grpcCodes["resource-exhausted"],
  ],
  ["packed, without saying how", compressed(gzipSync("")), {}, grpcCodes.internal],
  ["packed in an unknown way", compressed(gzipSync("")), { "grpc-encoding": "snappy" }, grpcCodes.unimplemented],
  ["packed, but no gzip", compressed(Buffer.from("no")), { "grpc-encoding": "gzip" }, grpcCodes["invalid-argument"]],
  [
    "packed, and too long",
    compressed(gzipSync(new Uint8Array(100_000))),
    { "grpc-encoding": "gzip" },
    grpcCodes["resource-exhausted"],
  ],
  ["a deadline that is none", empty, { "grpc-timeout": "soon" }, grpcCodes["invalid-argument"]],
  ["a deadline that has passed", empty, { "grpc-timeout": "0n" }, grpcCodes["deadline-exceeded"]],
  ["all well", empty, {}, 0],
];

for (const [what, body, headers, status] of rows) {
  test(`${what} (G17)`, async () => {
    assert.equal((await call(body, headers)).status, status);
  });
}

test("what is refused ends, though its client does not", async () => {
  const { status } = await call(Uint8Array.of(9, 0, 0, 0, 0), {}, { open: true });
  assert.equal(status, grpcCodes.internal);
});

test("an answer that breaks off has a status behind what came before", async () => {
  const { status, message, bytes } = await call(empty, {}, { method: "StreamPredictions" });
  assert.deepEqual([status, message, [...bytes]], [grpcCodes.unknown, "internal", [0, 0, 0, 0, 0]]);
});

test("another kind of messages is none of gRPC's that is spoken here", async () => {
  const session = connect(listener.url);
  const path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
  const stream = session.request({ ":path": path, ":method": "POST", "content-type": "application/grpc+json" });
  const [head] = await once(stream, "response");
  assert.equal(head[":status"], 415);
  stream.resume();
  session.destroy();
});
