// The vault: what is sealed opens at its place under its key, and nowhere else; and which root key opens a database.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Secret, silentLogger } from "@sealserve/server";
import { Storage } from "../storage/storage.ts";
import { openVault } from "./open-vault.ts";
import { toShares } from "./shares.ts";
import { Vault } from "./vault.ts";

const parts = { randomness: randomBytes };
const place = ["keys", "acme", "k", 1];

test("a value opens at its place; moved, changed or under another key it does not", () => {
  const vault = new Vault(Buffer.alloc(32, 1), parts);
  const sealed = vault.seal(Buffer.from("secret"), place);
  assert.equal(Buffer.from(vault.open(sealed, place)).toString(), "secret");
  assert.ok(!Buffer.from(sealed).includes("secret"));
  const other = new Vault(Buffer.alloc(32, 2), parts);
  assert.throws(() => other.open(sealed, place), { name: "VaultError" });
  for (const moved of [
    ["keys", "other", "k", 1],
    ["keys", "acme", "k", 2],
    ["resources", "acme", "k", 1],
    ["keys", "acme", "k", "1"],
  ]) {
    assert.throws(() => vault.open(sealed, moved), { name: "VaultError" });
  }
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i] = (changed[i] ?? 0) ^ 1;
    assert.throws(() => vault.open(changed, place), { name: "VaultError" });
    assert.throws(() => vault.open(sealed.subarray(0, i), place), { name: "VaultError" });
  }
});

const file = (byte: number) => ({ file: new Secret(Buffer.alloc(32, byte)) });
const opened = async (storage: Storage, options: Parameters<typeof openVault>[0]) =>
  (await openVault(options, { storage, randomness: randomBytes })).vault;
const memory = () => Storage.open(":memory:", { logger: silentLogger() });

test("a database opens with the root key that it began under, however that is written", async () => {
  await using storage = await memory();
  const sealed = (await opened(storage, file(7))).seal(Buffer.from("secret"), place);
  const hex = new Secret(Buffer.from(`${"07".repeat(32)}\n`));
  assert.equal(Buffer.from((await opened(storage, { file: hex })).open(sealed, place)).toString(), "secret");
  await assert.rejects(opened(storage, file(8)), { code: "root-key-wrong" });
  await assert.rejects(opened(storage, { file: new Secret(Buffer.from("short")) }), { code: "root-key-malformed" });
});

test("a passphrase opens what it sealed; another or a short one does not", async () => {
  await using storage = await memory();
  const passphrase = (text: string) => ({ passphraseFile: new Secret(Buffer.from(text)) });
  const sealed = (await opened(storage, passphrase("correct horse battery\n"))).seal(Buffer.from("secret"), place);
  const again = await opened(storage, passphrase("correct horse battery"));
  assert.equal(Buffer.from(again.open(sealed, place)).toString(), "secret");
  await assert.rejects(opened(storage, passphrase("correct horse batterie")), { code: "root-key-wrong" });
  await assert.rejects(opened(storage, passphrase("short")), { code: "root-key-malformed" });
});

test("shares open what they sealed; those of an older epoch are refused", async () => {
  await using storage = await memory();
  const key = randomBytes(32);
  const shares = (epoch: number) => ({
    shares: toShares(key, { threshold: 2, count: 3, epoch }, { randomness: randomBytes })
      .slice(1)
      .map((share) => new Secret(Buffer.from(JSON.stringify(share)))),
  });
  await opened(storage, shares(1));
  await opened(storage, shares(1));
  const { epoch } = await openVault(shares(2), { storage, randomness: randomBytes });
  // As the audit log does when it is opened.
  await storage.db.updateTable("root").set({ epoch }).execute();
  await assert.rejects(opened(storage, shares(1)), { code: "epoch-old" });
  await assert.rejects(opened(storage, { file: new Secret(randomBytes(32)) }), { code: "root-key-wrong" });
  assert.ok(await opened(storage, { file: new Secret(Buffer.from(key)) }), "the whole key opens it too");
});
