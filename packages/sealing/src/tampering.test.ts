// Whatever is done to a sealed file is told, before any plaintext of the faulty chunk is given out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "@sealserve/primitives";
import { createChunkCipher } from "#chunk-cipher";
import { chunkSize, sealedChunkSize, writeChunkNonce } from "./age/chunks.ts";
import { parseHeader } from "./age/header.ts";
import { payloadKey } from "./age/key-schedule.ts";
import { inspectSealed } from "./inspect.ts";
import { generateKeyPair, parseIdentity, parseRecipient } from "./key-text.ts";
import { open } from "./open.ts";
import { sourceOf } from "./random-source.ts";
import type { Identity } from "./recipient.ts";
import { isSealingError, type SealingErrorCode } from "./sealing-error.ts";
import { directKey } from "./testing/direct-key.ts";
import { openBytes, patternBytes, sealBytes, streamOf } from "./testing/streams.ts";

const headerCodes: readonly SealingErrorCode[] = [
  "version-unsupported",
  "header-malformed",
  "stanza-malformed",
  "no-identity-matched",
  "mac-mismatch",
  "truncated",
];

/** Opens and tells how many bytes were given out, and with which code it ended. */
async function outcome(sealed: Uint8Array, identity: Identity): Promise<{ given: number; code: string | null }> {
  let given = 0;
  try {
    for await (const piece of open(streamOf(sealed), [identity])) given += piece.length;
    return { given, code: null };
  } catch (error) {
    assert.ok(isSealingError(error), String(error));
    return { given, code: error.code };
  }
}

/** A file of three whole chunks and a short one, cut into its parts. */
async function threeAndAHalf() {
  const key = directKey();
  const plaintext = patternBytes(3 * chunkSize + 100);
  const sealed = await sealBytes(plaintext, key);
  const { headerSize } = await inspectSealed(sourceOf(sealed));
  const start = headerSize + 16;
  const chunks = [0, 1, 2, 3].map((i) =>
    sealed.subarray(start + i * sealedChunkSize, start + (i + 1) * sealedChunkSize),
  );
  const [a, b, c, d] = chunks;
  assert.ok(a && b && c && d);
  return { key, front: sealed.subarray(0, start), a, b, c, d, start, sealed };
}

test("F1: a small file cut at any byte gives nothing but an error", async () => {
  const { identity, recipient } = await generateKeyPair();
  const sealed = await sealBytes(patternBytes(40), parseRecipient(recipient));
  for (let length = 0; length < sealed.length; length++) {
    const { given, code } = await outcome(sealed.subarray(0, length), parseIdentity(identity));
    const expected = length < sealed.length - 40 ? "truncated" : "chunk-forged";
    assert.deepEqual({ given, code }, { given: 0, code: expected }, `cut at ${length} of ${sealed.length}`);
  }
});

test("F1: whole chunks cut off the end are missed", async () => {
  const { key, front, a, b, c, start } = await threeAndAHalf();
  for (const [i, kept] of [[a], [a, b], [a, b, c]].entries()) {
    const at = start + (i + 1) * sealedChunkSize;
    await assert.rejects(openBytes(concatBytes([front, ...kept]), key), { code: "truncated", facts: { at } });
    const given = await outcome(concatBytes([front, ...kept]), key);
    assert.equal(given.given, i * chunkSize, "the chunk that should not be the last is not given out");
  }
  assert.deepEqual(await outcome(front, key), { given: 0, code: "truncated" });
});

test("F2: chunks in another order, twice, left out or of another file are refused where that begins", async () => {
  const { key, front, a, b, c, d } = await threeAndAHalf();
  const other = await threeAndAHalf();
  const cases: readonly [string, readonly Uint8Array[], number][] = [
    ["swapped", [b, a, c, d], 1],
    ["swapped later", [a, c, b, d], 2],
    ["twice", [a, a, b, c, d], 2],
    ["left out", [a, c, d], 2],
    ["first left out", [b, c, d], 1],
    ["of another file", [a, other.b, c, d], 2],
    ["the end of another file", [a, b, c, other.d], 4],
  ];
  for (const [what, chunks, chunk] of cases) {
    const sealed = concatBytes([front, ...chunks]);
    const { given, code } = await outcome(sealed, key);
    assert.deepEqual({ given, code }, { given: (chunk - 1) * chunkSize, code: "chunk-forged" }, what);
  }
  assert.equal((await outcome(concatBytes([other.front, a, b, c, d]), key)).code, "chunk-forged", "spliced");
});

test("F3: a bit changed in any byte is found, and nothing after it is given out", async () => {
  const { identity, recipient } = await generateKeyPair();
  const sealed = await sealBytes(patternBytes(40), parseRecipient(recipient));
  const { headerSize } = await inspectSealed(sourceOf(sealed));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const { given, code } = await outcome(changed, parseIdentity(identity));
    assert.equal(given, 0);
    if (at >= headerSize) assert.equal(code, "chunk-forged", `byte ${at}`);
    else
      assert.ok(
        headerCodes.some((known) => known === code),
        `byte ${at}: ${code}`,
      );
  }
});

test("F3: a good chunk before a bad one is given out, the bad one and what follows are not", async () => {
  const { key, sealed, start } = await threeAndAHalf();
  const changed = Uint8Array.from(sealed);
  const at = start + sealedChunkSize + 5;
  changed[at] = (changed[at] ?? 0) ^ 1;
  await assert.rejects(openBytes(changed, key), { code: "chunk-forged", facts: { chunk: 2, last: false } });
  assert.deepEqual(await outcome(changed, key), { given: chunkSize, code: "chunk-forged" });
});

test("an empty last chunk behind others is refused, though it is sealed rightly", async () => {
  const { key, front, a, start } = await threeAndAHalf();
  const fileKey = await key.unwrap(parseHeader(front.subarray(0, start - 16)).stanzas);
  assert.ok(fileKey);
  const nonce = new Uint8Array(12);
  writeChunkNonce(nonce, 1, true);
  const cipher = createChunkCipher(await payloadKey(fileKey, front.subarray(start - 16)));
  const sealed = concatBytes([front, a, ...cipher.seal(nonce, new Uint8Array())]);
  await assert.rejects(openBytes(sealed, key), { code: "chunk-empty", facts: { chunk: 2 } });
});

test("bytes behind the last chunk are refused", async () => {
  const key = directKey();
  for (const size of [chunkSize, 2 * chunkSize]) {
    const sealed = await sealBytes(patternBytes(size), key);
    const facts = { at: sealed.length };
    await assert.rejects(openBytes(concatBytes([sealed, new Uint8Array([0])]), key), { code: "trailing-data", facts });
    await assert.rejects(openBytes(concatBytes([sealed, sealed]), key), { code: "trailing-data", facts });
  }
  const short = await sealBytes(patternBytes(10), key);
  await assert.rejects(openBytes(concatBytes([short, new Uint8Array([0])]), key), { code: "chunk-forged" });
});

test("G7: a header of another file, or without some of its recipients, is refused", async () => {
  const [ours, theirs] = [directKey(), directKey("sealserve.test/theirs")];
  const both = { wrap: async (k: Uint8Array) => [...(await ours.wrap(k)), ...(await theirs.wrap(k))] };
  const sealed = await sealBytes(patternBytes(10), both);
  const text = new TextDecoder("latin1").decode(sealed);
  const stripped = text.replace(/-> sealserve\.test\/theirs\n[^\n]*\n/, "");
  assert.notEqual(stripped, text);
  const bytes = Uint8Array.from(stripped, (char) => char.charCodeAt(0));
  assert.deepEqual(await outcome(bytes, ours), { given: 0, code: "mac-mismatch" });

  const other = await sealBytes(patternBytes(10), both);
  const { headerSize } = await inspectSealed(sourceOf(other));
  const swapped = concatBytes([other.subarray(0, headerSize), sealed.subarray(headerSize)]);
  assert.deepEqual(await outcome(swapped, ours), { given: 0, code: "chunk-forged" });
});
