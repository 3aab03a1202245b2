// Which PostgreSQL URLs are refused because they would be plaintext on a network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Database } from "./database.ts";
import { PlaintextDatabaseError, refusePlaintext } from "./plaintext-refused.ts";

test("plaintext to another machine is refused unless the URL says so", () => {
  for (const location of [
    "postgres://u@db/keys",
    "postgresql://u@10.0.0.7:5432/keys",
    "postgres://u@localhost.example/keys",
    "postgres://u@127.example/keys",
    "postgres://u@localhost/keys?host=db",
    "postgres://u@db/keys?sslmode=",
    "postgres://u@db/keys?ssl=0",
  ]) {
    assert.throws(() => refusePlaintext(location), PlaintextDatabaseError, location);
  }
  for (const location of [
    "postgres://u@localhost/keys",
    "postgres://u@127.0.0.1/keys",
    "postgres://u@[::1]/keys",
    "postgresql://u@/keys?host=%2Fvar%2Frun",
    "postgres://u@db/keys?sslmode=disable",
    "postgres://u@db/keys?sslmode=require",
    "postgres://u@db/keys?sslmode=verify-full",
  ]) {
    assert.doesNotThrow(() => refusePlaintext(location), location);
  }
});

test("whoever opens it is told what to write, and nobody the password", async () => {
  const opening = Database.open(
    "postgres://user:hunter2@db.invalid/keys",
    { migrations: () => ({}), lockNumber: 1 },
    { logger: { warn: () => assert.fail("nothing is connected") } },
  );
  await assert.rejects(opening, (error: Error & { readonly code?: string }) => {
    assert.equal(error.code, "unusable");
    return error.message.includes("sslmode=disable") && !error.message.includes("hunter2");
  });
});
