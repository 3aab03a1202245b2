// Pieces are known again, by a copy over the same memory too, and no other piece or place passes for one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PieceTags, pieceSize } from "./piece-tags.node.ts";

test("a piece is the same only unchanged, in its own place, and under the key of its tags", () => {
  const tags = new PieceTags(pieceSize + 5);
  const [first, last] = [new Uint8Array(pieceSize).fill(1), new Uint8Array(5)];
  tags.note(0, first);
  tags.note(1, last);
  const copy = new PieceTags(tags.memory);
  for (const each of [tags, copy]) {
    assert.ok(each.isSame(0, first) && each.isSame(1, last));
    assert.ok(!each.isSame(1, first) && !each.isSame(1, last.subarray(1)));
    assert.ok(!each.isSame(0, first.with(pieceSize - 1, 0)));
  }
  const other = new PieceTags(pieceSize + 5);
  other.note(0, first);
  assert.notDeepEqual(new Uint8Array(other.memory).slice(32, 48), new Uint8Array(tags.memory).slice(32, 48));
});
