// Sessions: a nonce serves once and for a while, and floods are bounded.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Sessions } from "./sessions.ts";

const scope = { tenant: "acme", model: "ocr" };
const refused = { code: "session-refused" };

function setUp(maxSessions = 10) {
  let time = 0;
  const sessions = new Sessions(
    { maxSessions, sessionLifetime: 1000, tokenLifetime: 5000 },
    { now: () => time, randomness: randomBytes },
  );
  return { sessions, pass: (milliseconds: number) => (time += milliseconds) };
}

test("a session is taken once", () => {
  const { sessions } = setUp();
  const { id, nonce } = sessions.begin("tdx", scope);
  assert.equal(Buffer.from(nonce, "base64").length, 32);
  assert.deepEqual(sessions.take(id), { nonce, tee: "tdx", scope });
  assert.throws(() => sessions.take(id), refused);
  assert.throws(() => sessions.take(null), refused);
  assert.throws(() => sessions.take("0".repeat(32)), refused);
});

test("a session ends after its time, and so does what it attested", () => {
  const { sessions, pass } = setUp();
  const { id } = sessions.begin("tdx", scope);
  pass(1000);
  assert.throws(() => sessions.take(id), refused);
  sessions.attested(id, "token");
  assert.equal(sessions.token(id), "token");
  pass(5000);
  assert.equal(sessions.token(id), null);
});

test("however many begin, so many are kept: the newest", () => {
  const { sessions } = setUp(10);
  const ids = Array.from({ length: 10_000 }, () => sessions.begin("snp", scope).id);
  assert.equal(sessions.size, 10);
  assert.throws(() => sessions.take(ids.at(-11) ?? ""), refused);
  for (const id of ids.slice(-10)) sessions.take(id);
});
