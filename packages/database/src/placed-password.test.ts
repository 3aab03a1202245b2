// The password of a PostgreSQL URL from a file, as the server gets it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sql } from "kysely";
import { openPostgres } from "./open-postgres.ts";
import { placedPassword } from "./placed-password.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-password-"));
after(() => rmSync(folder, { recursive: true }));

const told: string[] = [];
const logger = { warn: (message: string) => told.push(message) };
const file = join(folder, "password");
const options = { lockNumber: 1, lockTables: [] };

/** Asks each client for its password in plain words, and then refuses it. */
async function askingServer(): Promise<AsyncDisposable & { readonly port: number; readonly passwords: string[] }> {
  const passwords: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      // R, 8 bytes, 3: AuthenticationCleartextPassword (PostgreSQL documentation, "Message Formats").
      if (data[0] !== 0x70) socket.write(Buffer.from("520000000800000003", "hex"));
      else {
        passwords.push(data.subarray(5, -1).toString("utf8"));
        socket.end();
      }
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    passwords,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test("the first line of the file is the password, whatever letters it has, and each connection reads it anew", async () => {
  await using server = await askingServer();
  writeFileSync(file, "a/b@c:%?#é\nsecond line\n");
  const url = `postgres://broker:old@127.0.0.1:${server.port}/keys?passwordFile=${file}`;
  const { db } = openPostgres(url, options, { logger });
  await using _db = { [Symbol.asyncDispose]: () => db.destroy() };
  const connect = () => assert.rejects(sql`select 1`.execute(db));
  await connect();
  writeFileSync(file, "renewed\r\n");
  await connect();
  assert.equal(told.length, 0);
  rmSync(file);
  await connect();
  assert.equal(told.length, 1);
  assert.deepEqual(server.passwords, ["a/b@c:%?#é", "renewed", "renewed"]);
});

test("a URL that names no file, and a path, stay as they are", () => {
  for (const location of ["postgres://broker:secret@db/keys", "/var/lib/state.sqlite", ":memory:"]) {
    assert.equal(placedPassword(location, { logger }).location, location);
  }
});

test("a file that is missing or empty at first is refused, and the password is in no message", () => {
  writeFileSync(file, "\nsecret\n");
  const url = (path: string) => `postgres://broker@db/keys?sslmode=verify-full&passwordFile=${path}`;
  assert.throws(() => placedPassword(url(file), { logger }), /holds no password/);
  // No code: nobody shall wait for it as for a database that is away.
  assert.throws(
    () => placedPassword(url(join(folder, "missing")), { logger }),
    (error: Error) => !("code" in error) && /cannot be used/.test(error.message),
  );
});
