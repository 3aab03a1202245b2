// Many answers as one body: however it is cut, what is read is what was written; what is none is refused before it is held.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "@sealserve/conformance/suites/collect";
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import { endFrame, readFrames, writeFrame } from "./answer-frames.ts";

async function* inChunks(bytes: Bytes, sizes: readonly number[]): AsyncGenerator<Bytes> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const read = (bytes: Bytes, sizes: readonly number[] = [1e6], maxBytes = 1e6) =>
  collect(readFrames(inChunks(bytes, sizes), { maxBytes }));

const answer = (text: string) => writeFrame("answer", { headers: { a: "b" }, body: [utf8(text)] });

describe("answers as frames", () => {
  it("are read as they were written, however the body is cut", async () => {
    const frame = fc.record({
      kind: fc.constantFrom("answer" as const, "refusal" as const),
      headers: fc.dictionary(fc.string(), fc.string()),
      body: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 }),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 5 }), sizes, async (frames, sizes) => {
        const bytes = concatBytes([...frames.map((each) => writeFrame(each.kind, each)), endFrame]);
        const found = await read(bytes, sizes);
        assert.deepEqual(
          found.map(({ kind, headers, body }) => ({ kind, headers: { ...headers }, body: [...body] })),
          frames.map(({ kind, headers, body }) => ({
            ...{ kind, headers: { ...headers }, body: [...concatBytes(body)] },
          })),
        );
      }),
    );
  });

  it("without their end are broken off", async () => {
    const bytes = concatBytes([answer("x"), answer("y"), endFrame]);
    for (let cut = 0; cut < bytes.length; cut++) {
      await assert.rejects(read(bytes.subarray(0, cut)), { code: "malformed" }, `${cut}`);
    }
    const [first] = await read(bytes);
    assert.equal(textOf(first?.body ?? new Uint8Array()), "x");
  });

  it("are refused by their lengths, before anything is held", async () => {
    await assert.rejects(read(answer("too long"), [9], 3), { code: "too-large" });
    const head = new Uint8Array(9);
    head.set([1, 0xff, 0xff, 0xff, 0xff]);
    await assert.rejects(read(head), { code: "too-large" });
    await assert.rejects(read(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 0)), { code: "malformed" });
    for (const text of ["[]", "1", '{"a":1}', "{", "\u00ff"]) {
      const headers = utf8(text);
      const frame = concatBytes([Uint8Array.of(1, headers.length, 0, 0, 0, 0, 0, 0, 0), headers]);
      await assert.rejects(read(frame), { code: "malformed" }, text);
    }
  });
});
