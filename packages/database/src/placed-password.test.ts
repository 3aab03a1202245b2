// The password of a PostgreSQL URL from a file.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withPlacedPassword } from "./placed-password.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-password-"));
after(() => rmSync(folder, { recursive: true }));

function placed(content: string): string {
  const file = join(folder, "password");
  writeFileSync(file, content);
  return withPlacedPassword(`postgres://broker@db:5432/keys?sslmode=verify-full&passwordFile=${file}`);
}

test("the first line of the file is the password, whatever letters it has", () => {
  const url = new URL(placed("a/b@c:%?#é\nsecond line\n"));
  assert.equal(decodeURIComponent(url.password), "a/b@c:%?#é");
  assert.deepEqual([url.username, url.host, url.pathname], ["broker", "db:5432", "/keys"]);
  assert.deepEqual([...url.searchParams], [["sslmode", "verify-full"]]);
});

test("a URL that names no file, and a path, stay as they are", () => {
  for (const location of ["postgres://broker:secret@db/keys", "/var/lib/state.sqlite", ":memory:"]) {
    assert.equal(withPlacedPassword(location), location);
  }
});

test("a file that is missing or empty is refused, and the password is in no message", () => {
  assert.throws(() => placed("\nsecret\n"), /holds no password/);
  assert.throws(() => withPlacedPassword(`postgres://broker@db/keys?passwordFile=${join(folder, "missing")}`), {
    code: "ENOENT",
  });
});
