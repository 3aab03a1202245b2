// Tokens as clients of TorchServe use them: read from the file, shown, renewed, expired.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { openTokens } from "./open-tokens.ts";

let folder: string;
let keyFile: string;
let time: number;
const clock = { epoch: () => time };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-tokens-"));
  keyFile = join(folder, "key_file.json");
  time = Date.UTC(2030, 0, 1);
});
afterEach(() => rm(folder, { recursive: true }));

interface KeyFile {
  readonly management: { readonly key: string; readonly "expiration time"?: string };
  readonly inference: { readonly key: string };
  readonly API: { readonly key: string; readonly "expiration time"?: string };
}

const keys = async (): Promise<KeyFile> => JSON.parse(await readFile(keyFile, "utf8"));
const open = (expiration = 60_000) => openTokens({ keyFile, expiration }, { clock });

test("each kind has a token of its own, told in a file that its owner alone reads (G16)", async () => {
  await using tokens = await open();
  const { management, inference, API } = await keys();
  assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
  assert.equal(management["expiration time"], "2030-01-01T00:01:00.000Z");
  assert.equal(API["expiration time"], undefined);
  for (const { key } of [management, inference, API]) assert.match(key, /^[A-Za-z0-9_-]{43}$/);
  assert.ok(tokens.authorize("management", `Bearer ${management.key}`));
  assert.ok(tokens.authorize("inference", `Bearer  ${inference.key}`));
  for (const wrong of [null, "", "Bearer", inference.key, `bearer ${inference.key}`, `Bearer ${inference.key} x`]) {
    assert.ok(!tokens.authorize("inference", wrong), String(wrong));
  }
  assert.ok(!tokens.authorize("inference", `Bearer ${management.key}`));
  assert.ok(!tokens.authorize("management", `Bearer ${API.key}`));
});

test("the key of the API renews one kind; the old token ends, the others stay (G16)", async () => {
  await using tokens = await open();
  const before = await keys();
  assert.equal(await tokens.renewToken("inference", `Bearer ${before.management.key}`), false);
  assert.equal(await tokens.renewToken("inference", `Bearer ${before.API.key}`), true);
  const after = await keys();
  assert.notEqual(after.inference.key, before.inference.key);
  assert.deepEqual([after.management, after.API], [before.management, before.API]);
  assert.ok(!tokens.authorize("inference", `Bearer ${before.inference.key}`));
  assert.ok(tokens.authorize("inference", `Bearer ${after.inference.key}`));
  assert.deepEqual(await readdir(folder), ["key_file.json"]);
});

test("a token ends when its time has come, that of the API never", async () => {
  await using tokens = await open();
  const { inference, API } = await keys();
  time += 59_999;
  assert.ok(tokens.authorize("inference", `Bearer ${inference.key}`));
  time += 1;
  assert.ok(!tokens.authorize("inference", `Bearer ${inference.key}`));
  assert.equal(await tokens.renewToken("inference", `Bearer ${API.key}`), true);
});

test("the file goes with them, but not one that somebody else has written since", async () => {
  {
    await using _ = await open();
  }
  assert.ok(!existsSync(keyFile));
  {
    await using _ = await open(0);
    assert.equal((await keys()).management["expiration time"], undefined);
    await writeFile(keyFile, "another server's");
  }
  assert.ok(existsSync(keyFile));
});

test("a folder that takes no file is told", async () => {
  const options = { keyFile: join(folder, "missing/key_file.json"), expiration: 1 };
  await assert.rejects(openTokens(options, { clock }), { code: "key-file-unwritable" });
});
