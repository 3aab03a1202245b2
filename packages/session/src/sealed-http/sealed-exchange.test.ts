// Sealed requests and responses: what goes in comes out, and nothing that was changed, moved, cut or sent again does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { SessionError, type SessionErrorCode } from "../session-error.ts";
import { ByteSource } from "./byte-source.ts";
import { largestChunk, openFrames, sealFrames } from "./chunk-frames.ts";
import { createSealedHttpKey } from "./open-exchange.ts";
import { rememberRequests } from "./replay-guard.ts";
import { sealExchange } from "./seal-exchange.ts";
import type { RequestContext } from "./suite.ts";

const context: RequestContext = {
  method: "POST",
  target: "/v2/models/ocr/infer",
  contentType: "application/json",
  model: "ocr",
  tenant: "acme",
};
const reply = { status: 200, contentType: "application/json" };
const head = 8 + 32 + 8;
const now = new Date("2026-06-01T00:00:00Z");

async function* stream(...pieces: readonly Bytes[]): AsyncGenerator<Bytes> {
  yield* pieces;
}

async function whole(source: AsyncIterable<Bytes>): Promise<Bytes> {
  const pieces: Bytes[] = [];
  for await (const piece of source) pieces.push(piece);
  return Uint8Array.from(concatBytes(pieces));
}

/** Opens the same request again and again: what is refused below is refused for its own reason. */
const newKey = () => createSealedHttpKey({ replays: { admit: () => "admitted" } });

async function sealed(key: { publicKey: Bytes }, ...pieces: readonly Bytes[]) {
  const exchange = await sealExchange(key.publicKey, context, stream(...pieces), now);
  return { exchange, body: await whole(exchange.body) };
}

async function refuses(code: SessionErrorCode, act: () => Promise<unknown>, what = ""): Promise<void> {
  await assert.rejects(
    act,
    (error) => error instanceof SessionError && assert.equal(error.code, code, what) === undefined,
  );
}

/** Frames by themselves, after the head. */
function framesOf(body: Bytes, from = head): Bytes[] {
  const frames: Bytes[] = [];
  for (let at = from; at < body.length; ) {
    const length = 5 + new DataView(body.buffer, body.byteOffset + at).getUint32(1);
    frames.push(body.subarray(at, at + length));
    at += length;
  }
  return frames;
}

test("what is sealed is opened, whatever its size and pieces, both ways", async () => {
  const key = await newKey();
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pieces, pieces, async (question, answer) => {
      const { exchange, body } = await sealed(key, ...question);
      const opened = await key.open(context, stream(body));
      assert.deepEqual(await whole(opened.plaintext), Uint8Array.from(concatBytes(question)));
      const back = opened.sealResponse(reply, stream(...answer));
      assert.deepEqual(await whole(exchange.openResponse(back, reply)), Uint8Array.from(concatBytes(answer)));
    }),
    { numRuns: 30 },
  );
  for (const size of [largestChunk - 1, largestChunk, largestChunk + 1, 3 * largestChunk]) {
    const large = new Uint8Array(size).fill(7);
    const { body } = await sealed(key, large);
    assert.deepEqual(await whole((await key.open(context, stream(body))).plaintext), large);
    assert.equal(framesOf(body).length, Math.ceil(size / largestChunk));
  }
});

test("a body that ends early is truncated, also where whole chunks are missing (F1)", async () => {
  const key = await newKey();
  const { body } = await sealed(key, utf8("one"), utf8("two"));
  for (let length = 0; length < body.length; length++) {
    const open = async () => whole((await key.open(context, stream(body.subarray(0, length)))).plaintext);
    await refuses("stream-truncated", open, `${length} bytes`);
  }
});

test("chunks in another order, twice, left out, or of another body are refused (F2)", async () => {
  const key = await newKey();
  const { body } = await sealed(key, utf8("one"), utf8("two"), utf8("three"));
  const [one, two, three] = framesOf(body) as [Bytes, Bytes, Bytes];
  const [other] = framesOf((await sealed(key, utf8("uno"), utf8("dos"))).body) as [Bytes];
  for (const frames of [
    [two, one, three],
    [one, one, two, three],
    [one, three],
    [other, two, three],
    [one, other, three],
  ]) {
    const spliced = concatBytes([body.subarray(0, head), ...frames]);
    await refuses("sealed-body-forged", async () => whole((await newOpen(key, spliced)).plaintext));
  }
});

test("a request is no response, and a response no request (F2)", async () => {
  const key = await newKey();
  const { exchange, body } = await sealed(key, utf8("question"));
  const frames = concatBytes(framesOf(body));
  await refuses("sealed-body-forged", () => whole(exchange.openResponse(stream(new Uint8Array(32), frames), reply)));
  const opened = await key.open(context, stream(body));
  await whole(opened.plaintext);
  const answer = await whole(opened.sealResponse(reply, stream(utf8("answer"))));
  const turned = concatBytes([body.subarray(0, head), ...framesOf(answer, 32)]);
  await refuses("sealed-body-forged", async () => whole((await newOpen(key, turned)).plaintext));
});

function newOpen(key: Awaited<ReturnType<typeof newKey>>, body: Bytes) {
  return key.open(context, stream(body));
}

test("a flipped bit anywhere is refused, and no plaintext of its chunk is given out (F3, F12)", async () => {
  const key = await newKey();
  const { body } = await sealed(key, utf8("one"), utf8("two"));
  for (let at = 0; at < body.length; at++) {
    const changed = Uint8Array.from(body);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const given: Bytes[] = [];
    await assert.rejects(
      async () => {
        for await (const chunk of (await newOpen(key, changed)).plaintext) given.push(chunk);
      },
      (error) => error instanceof SessionError,
      `byte ${at}`,
    );
    assert.ok(given.length <= (at < head + 5 + 3 + 16 ? 0 : 1), `byte ${at}`);
  }
});

test("lengths are refused before anything is kept, empty chunks before the last too (F4)", async () => {
  const key = await newKey();
  const { body } = await sealed(key, utf8("x"));
  const withFrame = (...bytes: number[]) => concatBytes([body.subarray(0, head), Uint8Array.from(bytes)]);
  for (const frame of [
    [0, 0xff, 0xff, 0xff, 0xff],
    [0, 0, 1, 0, 17],
    [0, 0, 0, 0, 16],
    [0, 0, 0, 0, 0],
    [1, 0, 0, 0, 15],
    [2, 0, 0, 0, 17],
  ]) {
    await refuses("sealed-body-malformed", async () => whole((await newOpen(key, withFrame(...frame))).plaintext));
  }
  const trailing = concatBytes([body, Uint8Array.of(0)]);
  await refuses("sealed-body-malformed", async () => whole((await newOpen(key, trailing)).plaintext));
});

test("method, path, content type, model and tenant cannot be changed outside (F5)", async () => {
  const key = await newKey();
  for (const name of ["method", "target", "contentType", "model", "tenant"] as const) {
    const { body } = await sealed(key, utf8("x"));
    const other = { ...context, [name]: `${context[name]}x` };
    await refuses("sealed-body-forged", async () => whole((await key.open(other, stream(body))).plaintext), name);
  }
  const moved = { ...context, model: "ocra", tenant: "cme" };
  const { body } = await sealed(key, utf8("x"));
  await refuses("sealed-body-forged", async () => whole((await key.open(moved, stream(body))).plaintext));
});

test("status and content type of a response cannot be changed, and its nonce not left out (F5, F8)", async () => {
  const key = await newKey();
  const { exchange, body } = await sealed(key, utf8("x"));
  const answer = await whole((await newOpen(key, body)).sealResponse(reply, stream(utf8("answer"))));
  for (const other of [
    { ...reply, status: 201 },
    { ...reply, contentType: "text/html" },
  ]) {
    await refuses("sealed-body-forged", () => whole(exchange.openResponse(stream(answer), other)));
  }
  await refuses("stream-truncated", () => whole(exchange.openResponse(stream(utf8("<html>502</html>")), reply)));
  const { exchange: stranger } = await sealed(key, utf8("x"));
  await refuses("sealed-body-forged", () => whole(stranger.openResponse(stream(answer), reply)));
});

test("there are only so many chunks under one key (F6)", async () => {
  const plain = async (_: number, data: Bytes) => concatBytes([data, new Uint8Array(16)]);
  const pieces = [utf8("1"), utf8("2"), utf8("3")];
  await refuses("sequence-exhausted", () => whole(sealFrames(stream(...pieces), plain, 2)));
  const body = await whole(sealFrames(stream(...pieces), plain));
  const cut = async (_: number, data: Bytes) => data.subarray(0, -16);
  await refuses("sequence-exhausted", () => whole(openFrames(new ByteSource(stream(body)), cut, 2)));
});

test("a request to a key that is gone says so (F9)", async () => {
  const { body } = await sealed(await newKey(), utf8("x"));
  await refuses("hpke-key-mismatch", async () => newOpen(await newKey(), body));
});

test("a request is opened once; noise is not remembered (F11)", async () => {
  const key = await createSealedHttpKey({ replays: rememberRequests({ entries: 2 }, { epoch: () => now.getTime() }) });
  const { body } = await sealed(key, utf8("x"));
  const forged = Uint8Array.from(body);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  await refuses("sealed-body-forged", async () => whole((await newOpen(key, forged)).plaintext));
  await whole((await newOpen(key, body)).plaintext);
  await refuses("replayed", async () => whole((await newOpen(key, body)).plaintext));
});

test("a request of another time is refused, and its time cannot be changed", async () => {
  let time = now.getTime();
  const key = await createSealedHttpKey({ replays: rememberRequests({ entries: 2 }, { epoch: () => time }) });
  const { body } = await sealed(key, utf8("x"));
  time += 121_000;
  await refuses("request-late", async () => whole((await newOpen(key, body)).plaintext));
  const renewed = Uint8Array.from(body);
  new DataView(renewed.buffer).setBigUint64(40, BigInt(time));
  await refuses("sealed-body-forged", async () => whole((await newOpen(key, renewed)).plaintext));
});

test("bytes that come one by one are the same body", async () => {
  const key = await newKey();
  const { body } = await sealed(key, utf8("slow"), utf8("ly"));
  const bytes = Array.from(body, (byte) => Uint8Array.of(byte));
  assert.deepEqual(await whole((await key.open(context, stream(...bytes))).plaintext), utf8("slowly"));
});
