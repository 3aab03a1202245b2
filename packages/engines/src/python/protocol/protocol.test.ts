// The worker's protocol: what the real worker was seen to say, replies in pieces of any size, and what is no reply.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadFrame, predictFrame } from "./frames.ts";
import { type Reply, type ReplyLimits, ReplyReader } from "./reply-reader.ts";
import { encodeReply, int, text } from "./testing/encode-reply.ts";

const limits: ReplyLimits = { maxSize: 1000, maxPredictions: () => 4 };

/** Between spaces: hex, or text in quotes. */
function bytesOf(trace: string): Buffer {
  const parts = trace.trim().split(/\s+(?=(?:[^']*'[^']*')*[^']*$)/);
  return Buffer.concat(
    parts.map((part) => (part.startsWith("'") ? Buffer.from(part.slice(1, -1)) : Buffer.from(part, "hex"))),
  );
}

describe("frames to a worker", () => {
  it("are those that the real worker takes", () => {
    const load = {
      model: "m",
      folder: "/models/m",
      batchSize: 1,
      handler: "h.py",
      gpu: -1,
      envelope: "",
      limitMaxImagePixels: false,
    };
    const loadTrace = "'L' 00000001 'm' 00000009 '/models/m' 00000001 00000004 'h.py' ffffffff 00000000 00";
    assert.deepEqual(Buffer.concat(loadFrame(load)), bytesOf(loadTrace));
    const parameters = [{ name: "body", contentType: "application/octet-stream", value: Buffer.from("hello") }];
    const predict =
      "'I' 00000002 'r1' ffffffff 00000004 'body' 00000018 'application/octet-stream' 00000005 'hello' ffffffff ffffffff";
    assert.deepEqual(Buffer.concat(predictFrame([{ id: "r1", headers: [], parameters }])), bytesOf(predict));
  });

  it("hold long values as they are, between their neighbours", () => {
    const value = new Uint8Array(100_000).fill(7);
    const parameters = [
      { name: "a", contentType: "", value },
      { name: "ü", contentType: "", value: Buffer.from("x") },
    ];
    const pieces = predictFrame([{ id: "r", headers: [["h", "v".repeat(5000)]], parameters }]);
    assert.ok(pieces.includes(value));
    const expected = Buffer.concat([
      bytesOf(`'I' 00000001 'r' 00000001 'h' 00001388 '${"v".repeat(5000)}' ffffffff 00000001 'a' 00000000 000186a0`),
      value,
      bytesOf("00000002 c3bc 00000000 00000001 'x' ffffffff ffffffff"),
    ]);
    assert.deepEqual(Buffer.concat(pieces), expected);
  });
});

const printable = fc.string({ maxLength: 20 });
const replies = fc.array(
  fc.record({
    code: fc.integer({ min: 0, max: 599 }),
    message: printable,
    predictions: fc.array(
      fc.record({
        id: printable,
        contentType: printable,
        status: fc.integer({ min: 0, max: 599 }),
        reason: printable,
        headers: fc.array(fc.tuple(printable, printable), { maxLength: 3 }),
        body: fc.uint8Array({ maxLength: 200 }),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
);

describe("replies of a worker", () => {
  it("are those that the real worker sends", () => {
    const reader = new ReplyReader(limits);
    const loaded = bytesOf("000000c8 0000000e 'loaded model m' ffffffff");
    assert.deepEqual(reader.push(loaded), [{ code: 200, message: "loaded model m", predictions: [] }]);
    const predicted = bytesOf(
      "000000c8 00000012 'Prediction success' 00000002 'r1' 00000000 000000c8 00000000 00000000 00000005 'hello' ffffffff",
    );
    const [reply] = reader.push(predicted);
    assert.equal(reply?.message, "Prediction success");
    const [prediction] = reply?.predictions ?? [];
    assert.deepEqual(
      { ...prediction, body: Buffer.from(prediction?.body ?? []).toString() },
      { id: "r1", contentType: "", status: 200, reason: "", headers: [], body: "hello" },
    );
  });

  it("are the same in pieces of any size", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(replies, sizes, (sent, steps) => {
        const bytes = Buffer.concat(sent.map(encodeReply));
        const reader = new ReplyReader(limits);
        const found: Reply[] = [];
        for (let at = 0, step = 0; at < bytes.length; step++) {
          const size = steps[step % steps.length] ?? 1;
          found.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        reader.end();
        assert.deepEqual(plain(found), plain(sent));
      }),
    );
  });

  it("that end too early are noticed, wherever they are cut", () => {
    const body = Buffer.from("abc");
    const prediction = { id: "r", contentType: "t", status: 200, reason: "", headers: [["h", "v"]] as const, body };
    const whole = encodeReply({ code: 200, message: "ok", predictions: [prediction] });
    for (let length = 1; length < whole.length; length++) {
      const reader = new ReplyReader(limits);
      assert.deepEqual(reader.push(whole.subarray(0, length)), []);
      assert.throws(() => reader.end(), { code: "truncated" });
    }
  });

  it("of garbage are either replies or refused, and take no memory that was not sent", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        const reader = new ReplyReader(limits);
        try {
          reader.push(garbage);
        } catch (error) {
          assert.equal((error as Error).name, "WorkerProtocolError");
        }
      }),
      { numRuns: 500 },
    );
  });

  const begun = [int(200), text("ok")];
  const prediction = (...rest: Uint8Array[]): Uint8Array => Buffer.concat([...begun, text("r"), text(""), ...rest]);
  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    ["a message without end", Buffer.concat([int(200), int(0x7fffffff)]), "too-long"],
    ["a message longer than allowed", Buffer.concat([int(200), int(1001)]), "too-long"],
    ["a message of negative length", Buffer.concat([int(200), int(-1)]), "negative-length"],
    ["an id of negative length", Buffer.concat([...begun, int(-2)]), "negative-length"],
    ["a negative number of headers", prediction(int(200), text(""), int(-1)), "negative-length"],
    ["a million headers", prediction(int(200), text(""), int(1_000_000)), "too-many"],
    ["a body without end", prediction(int(200), text(""), int(0), int(0x7fffffff)), "too-long"],
    ["a body of negative length", prediction(int(200), text(""), int(0), int(-5)), "negative-length"],
    ["texts that are too long together", prediction(int(200), text("x".repeat(600)), int(1), int(600)), "too-long"],
    [
      "more predictions than requests",
      Buffer.concat([...begun, ...Array(5).fill(Buffer.concat([text("r"), int(0), int(200), int(0), int(0), int(0)]))]),
      "too-many",
    ],
  ];
  for (const [what, bytes, code] of refused) {
    it(`with ${what} are refused`, () => {
      assert.throws(() => new ReplyReader(limits).push(bytes), { name: "WorkerProtocolError", code });
    });
  }
});

function plain(found: readonly Reply[]): unknown {
  return found.map((reply) => ({
    ...reply,
    predictions: reply.predictions.map((prediction) => ({ ...prediction, body: [...prediction.body] })),
  }));
}
