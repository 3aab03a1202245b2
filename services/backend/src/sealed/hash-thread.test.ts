// The thread hashes what it is given, in order, and gives it back unchanged.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { hashThread } from "./hash-thread.ts";

test("the digest is that of all pieces in order, which come back unchanged", async () => {
  await using hash = hashThread();
  const pieces = Array.from({ length: 20 }, (_, i) => new Uint8Array(100_000).fill(i));
  const back = pieces.map((piece) => hash.update(piece.slice()));
  const digest = await hash.digest();
  assert.deepEqual(await Promise.all(back), pieces);
  assert.deepEqual(digest, new Uint8Array(createHash("sha256").update(Buffer.concat(pieces)).digest()));
});
