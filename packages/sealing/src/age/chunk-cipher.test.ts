// The two ciphers are one: the same suite for Node's and for the browser's, and each opens what the other seals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, utf8 } from "@sealserve/primitives";
import { patternBytes } from "../testing/streams.ts";
import { createChunkCipher as createInNode } from "./chunk-cipher.node.ts";
import { createChunkCipher as createInBrowser } from "./chunk-cipher.ts";
import { type CreateChunkCipher, chunkSize, writeChunkNonce } from "./chunks.ts";

const twins: readonly (readonly [string, CreateChunkCipher, CreateChunkCipher])[] = [
  ["Node", createInNode, createInBrowser],
  ["browsers", createInBrowser, createInNode],
];

/** RFC 8439, section 2.8.2 has additional data, which age does not use; this is its key and nonce without it. */
const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
const nonce = Uint8Array.from([7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47]);
const sunscreen = utf8(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
);

for (const [name, create, createOther] of twins) {
  test(`ChaCha20-Poly1305 for ${name}: the ciphertext of RFC 8439`, () => {
    const sealed = concatBytes(create(key).seal(nonce, sunscreen));
    assert.equal(Buffer.from(sealed.subarray(0, 16)).toString("hex"), "d31a8d34648e60db7b86afbc53ef7ec2");
    assert.equal(sealed.length, sunscreen.length + 16);
  });

  test(`ChaCha20-Poly1305 for ${name}: opens what either seals, and only that`, () => {
    for (const size of [0, 1, 63, 64, 65, 1000, chunkSize]) {
      const plaintext = patternBytes(size);
      const sealed = concatBytes(createOther(key).seal(nonce, plaintext));
      const cipher = create(key);
      const before = Uint8Array.from(sealed);
      assert.deepEqual(cipher.open(nonce, sealed), plaintext);
      assert.deepEqual(sealed, before, "the input is left as it was");
      for (const result of [cipher.open(nonce, sealed), ...cipher.seal(nonce, plaintext)]) {
        assert.equal(result?.buffer.byteLength, result?.length, "a result is in a buffer of its own");
      }
      for (const at of [0, size - 1, size, size + 15].filter((i) => i >= 0)) {
        const changed: Uint8Array = Uint8Array.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ 0x80;
        assert.equal(cipher.open(nonce, changed), null, `${size} bytes, byte ${at}`);
      }
      assert.equal(cipher.open(new Uint8Array(12), sealed), null, "another nonce");
    }
  });

  test(`ChaCha20-Poly1305 for ${name}: the key may be wiped at once`, () => {
    const own = Uint8Array.from(key);
    const cipher = create(own);
    own.fill(0);
    const sealed = concatBytes(cipher.seal(nonce, sunscreen));
    assert.deepEqual(createOther(key).open(nonce, sealed), sunscreen);
    cipher.wipe();
    assert.equal(cipher.open(nonce, sealed), null, "its own copy is wiped when that is asked");
  });
}

test("F6: a chunk's nonce counts in eleven bytes and marks the last in the twelfth", () => {
  const written = new Uint8Array(12);
  const hex = (index: number, last: boolean): string => {
    writeChunkNonce(written, index, last);
    return Buffer.from(written).toString("hex");
  };
  assert.equal(hex(0, false), "000000000000000000000000");
  assert.equal(hex(0, true), "000000000000000000000001");
  assert.equal(hex(258, false), "000000000000000000010200");
  assert.equal(hex(2 ** 40 + 1, true), "000000000001000000000101");
  // A file of this many chunks has half a zettabyte: the counter does not come round.
  assert.equal(hex(Number.MAX_SAFE_INTEGER, false), "000000001fffffffffffff00");
});
