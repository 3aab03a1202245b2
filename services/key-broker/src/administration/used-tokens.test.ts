// No token twice, and no more of them than fit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UsedTokens } from "./used-tokens.ts";

test("a token is used once; when there is no room none is forgotten before it has expired", () => {
  const used = new UsedTokens({ entries: 2 });
  used.use("a", { now: 0, until: 10 });
  used.use("b", { now: 0, until: 20 });
  assert.throws(() => used.use("a", { now: 5, until: 10 }), {
    code: "admin-refused",
    facts: { reason: "token-replayed" },
  });
  assert.throws(() => used.use("c", { now: 10, until: 30 }), { code: "too-many-requests" });
  used.use("c", { now: 11, until: 30 });
  assert.throws(() => used.use("b", { now: 11, until: 20 }), { code: "admin-refused" });
});
