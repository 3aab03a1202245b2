// Which PostgreSQL URLs are refused because others on the network could listen, or answer instead.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Database } from "./database.ts";
import { guardedLocation, UnguardedDatabaseError } from "./guarded-connection.ts";

test("plaintext to another machine is refused unless the URL says that it is not secure", () => {
  for (const location of [
    "postgres://u@db/keys",
    "postgresql://u@10.0.0.7:5432/keys",
    "postgres://u@localhost.example/keys",
    "postgres://u@127.example/keys",
    "postgres://u@localhost/keys?host=db",
    "postgres://u@db/keys?sslmode=",
    "postgres://u@db/keys?ssl=0",
    "postgres://u@db/keys?sslmode=disable",
    "postgres://u@db/keys?insecurePlaintext=false",
  ]) {
    assert.throws(() => guardedLocation(location), /without TLS.*sslmode=verify-full/, location);
  }
  for (const location of [
    "postgres://u@localhost/keys",
    "postgres://u@127.0.0.1/keys",
    "postgres://u@[::1]/keys",
    "postgresql://u@/keys?host=%2Fvar%2Frun",
    "postgres://u@127.0.0.1/keys?sslmode=disable",
    "postgres://u@db/keys?sslmode=require",
    "postgres://u@db/keys?sslmode=verify-full",
  ]) {
    assert.equal(guardedLocation(location), location);
  }
  // The driver is told nothing that it does not know.
  assert.equal(guardedLocation("postgres://u@db/keys?insecurePlaintext=true"), "postgres://u@db/keys");
  const disabled = "postgres://u@db/keys?sslmode=disable";
  assert.equal(guardedLocation(`${disabled}&insecurePlaintext=true`), disabled);
});

test("TLS to whoever shows a certificate is refused, wherever that is", () => {
  for (const location of [
    "postgres://u@db/keys?sslmode=no-verify",
    "postgres://u@localhost/keys?sslmode=no-verify",
    "postgres://u@db/keys?ssl=no-verify",
    "postgres://u@db/keys?sslmode=require&uselibpqcompat=true",
    "postgres://u@db/keys?sslmode=prefer&uselibpqcompat=true",
    "postgres://u@db/keys?sslmode=no-verify&insecurePlaintext=true",
  ]) {
    assert.throws(() => guardedLocation(location), UnguardedDatabaseError, location);
    assert.throws(() => guardedLocation(location), /sslmode=verify-full.*sslrootcert=PATH/, location);
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
    return error.message.includes("sslmode=verify-full") && !error.message.includes("hunter2");
  });
});
