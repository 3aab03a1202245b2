// What was sealed opens to the same bytes, whatever its size and however it comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@sealserve/primitives";
import fc from "fast-check";
import { chunkSize, openedSize, sealedSize } from "./age/chunks.ts";
import { inspectSealed } from "./inspect.ts";
import { generateKeyPair, parseIdentity, parseRecipient } from "./key-text.ts";
import { open } from "./open.ts";
import { sourceOf } from "./random-source.ts";
import { seal } from "./seal.ts";
import { directKey } from "./testing/direct-key.ts";
import { collectBytes, inTwoBuffers, openBytes, patternBytes, sealBytes, streamOf } from "./testing/streams.ts";

const borders = [0, 1, 2].flatMap((chunks) => [-1, 0, 1].map((by) => chunks * chunkSize + by)).filter((n) => n >= 0);

test("open inverts seal at the borders of chunks, and the size is known before", async () => {
  const key = directKey();
  for (const size of borders) {
    const plaintext = patternBytes(size);
    const sealed = await sealBytes(plaintext, key);
    const { headerSize, plaintextSize } = await inspectSealed(sourceOf(sealed));
    assert.equal(sealed.length, sealedSize(size, headerSize), `${size}`);
    assert.equal(openedSize(sealed.length, headerSize), size, `${size}`);
    assert.equal(plaintextSize, size);
    assert.deepEqual(await openBytes(sealed, key), plaintext, `${size}`);
  }
});

test("open inverts seal for any bytes in pieces of any size", async () => {
  const key = directKey();
  const piece = fc.integer({ min: 1, max: 100_000 });
  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3 * chunkSize }));
  await fc.assert(
    fc.asyncProperty(size, piece, piece, async (length, inPieces, outPieces) => {
      const plaintext = patternBytes(length);
      const sealed = await collectBytes(seal(streamOf(plaintext, inPieces), [key]));
      assert.deepEqual(await collectBytes(open(streamOf(sealed, outPieces), [key])), plaintext);
    }),
    { numRuns: 40 },
  );
});

test("two buffers by turns are enough for whoever gives the bytes, and what comes out may be freed", async () => {
  const key = directKey();
  const plaintext = patternBytes(5 * chunkSize + 100);
  const freeing = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> => {
    const copies: Uint8Array[] = [];
    for await (const piece of stream) {
      copies.push(Uint8Array.from(piece));
      piece.buffer.transfer(0);
    }
    return concatBytes(copies);
  };
  for (const pieceSize of [1000, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize]) {
    const sealed = await freeing(seal(inTwoBuffers(plaintext, pieceSize), [key]));
    assert.deepEqual(await freeing(open(inTwoBuffers(sealed, pieceSize), [key])), plaintext, `${pieceSize}`);
  }
});

test("a file opens for each of its recipients, and only for them", async () => {
  const [one, other, stranger] = await Promise.all([
    generateKeyPair(),
    generateKeyPair("post-quantum"),
    generateKeyPair(),
  ]);
  const recipients = [one, other].map(({ recipient }) => parseRecipient(recipient));
  const sealed = await collectBytes(seal(streamOf(patternBytes(100)), recipients));
  for (const { identity } of [one, other]) {
    assert.deepEqual(await openBytes(sealed, parseIdentity(identity)), patternBytes(100));
  }
  await assert.rejects(openBytes(sealed, parseIdentity(stranger.identity)), {
    code: "no-identity-matched",
    facts: { types: ["X25519", "mlkem768x25519"] },
  });
  const both = [stranger, one].map(({ identity }) => parseIdentity(identity));
  assert.equal((await collectBytes(open(streamOf(sealed), both))).length, 100);
});

test("every file has a key and a nonce of its own", async () => {
  const key = directKey();
  const [first, second] = await Promise.all([sealBytes(patternBytes(50), key), sealBytes(patternBytes(50), key)]);
  assert.notDeepEqual(first, second);
  const lengths: number[] = [];
  const randomBytes = (length: number): Uint8Array => {
    lengths.push(length);
    return new Uint8Array(length).fill(lengths.length);
  };
  await sealBytes(patternBytes(50), key, { randomBytes });
  assert.deepEqual(lengths, [16, 16]);
});

test("equal blocks of plaintext look different, within a file and between two", async () => {
  const key = directKey();
  const zeros = new Uint8Array(2 * chunkSize);
  const files = await Promise.all([sealBytes(zeros, key), sealBytes(zeros, key)]);
  const blocks = files.flatMap((file) =>
    Array.from({ length: Math.floor((file.length - 300) / 16) }, (_, i) =>
      Buffer.from(file.subarray(300 + 16 * i, 316 + 16 * i)).toString("hex"),
    ),
  );
  assert.equal(new Set(blocks).size, blocks.length);
});

test("sealing to nobody is refused, and so is opening with nothing", async () => {
  await assert.rejects(collectBytes(seal(streamOf(patternBytes(1)), [])), { code: "recipients-missing" });
  const none = { wrap: async () => [] };
  await assert.rejects(collectBytes(seal(streamOf(patternBytes(1)), [none])), { code: "recipients-missing" });
  const sealed = await sealBytes(patternBytes(1), directKey());
  await assert.rejects(collectBytes(open(streamOf(sealed), [])), { code: "identities-missing" });
});

test("whoever gives the bytes learns that they are not wanted any more, and why", async () => {
  const reasons: unknown[] = [];
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(patternBytes(1000)),
      cancel: (reason) => void reasons.push(reason),
    });
  const sealing = seal(endless(), [directKey()]);
  const reader = sealing.getReader();
  await reader.read();
  await reader.cancel("left");
  await assert.rejects(collectBytes(open(endless(), [directKey()])), { code: "version-unsupported" });
  assert.equal(reasons[0], "left");
  assert.equal(Object(reasons[1]).code, "version-unsupported");
});

test("an error of the source comes through as it is", async () => {
  const failing = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new RangeError("the disk is gone")),
  });
  await assert.rejects(collectBytes(seal(failing, [directKey()])), RangeError);
});
