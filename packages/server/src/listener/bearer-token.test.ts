// Which header shows the token, and from when on a new one holds.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Secret } from "../config/secret.ts";
import { openBearerToken } from "./bearer-token.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-token-"));
after(() => rmSync(folder, { recursive: true }));

test("the token as a bearer, and nothing else", async () => {
  const clock = { setTimer: () => assert.fail("there is no file") };
  const logger = { info: () => {}, warn: () => {} };
  const secret = new Secret(Buffer.from(" s3cret-token\n"));
  using token = await openBearerToken(secret, { clock, logger });
  assert.throws(() => secret.reveal());
  for (const right of ["Bearer s3cret-token", "bearer  s3cret-token "]) assert.ok(token.isShownIn(right), right);
  for (const wrong of [
    undefined,
    "",
    "Bearer ",
    "Bearer s3cret",
    "Bearer s3cret-token2",
    "s3cret-token",
    "Basic s3cret-token",
  ]) {
    assert.equal(token.isShownIn(wrong), false, wrong);
  }
});

test("a file that holds another token is heeded at the next look, one that holds none is not", async () => {
  const file = join(folder, "token");
  writeFileSync(file, "first");
  const looks: (() => void)[] = [];
  const told: string[] = [];
  const clock = {
    setTimer(_: number, look: () => void) {
      looks.push(look);
      return { cancel: () => {} };
    },
  };
  const tell = (message: string) => void told.push(message);
  using token = await openBearerToken(new Secret(Buffer.from("first"), file), {
    clock,
    logger: { info: tell, warn: tell },
  });
  const look = async (): Promise<void> => {
    const before = looks.length;
    looks.at(-1)?.();
    while (looks.length === before) await new Promise(setImmediate);
  };
  const holds = () => ["first", "second"].filter((each) => token.isShownIn(`Bearer ${each}`));
  await look();
  assert.deepEqual([holds(), told.length], [["first"], 0]);
  writeFileSync(file, "second\n");
  assert.deepEqual(holds(), ["first"]);
  await look();
  assert.deepEqual([holds(), told.length], [["second"], 1]);
  writeFileSync(file, " \n");
  await look();
  rmSync(file);
  await look();
  assert.deepEqual([holds(), told.length], [["second"], 3]);
});
