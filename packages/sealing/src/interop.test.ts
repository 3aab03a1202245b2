// typage opens what we seal, and we open what typage seals.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Decrypter, Encrypter } from "age-encryption";
import { chunkSize } from "./age/chunks.ts";
import { passphraseIdentity, passphraseRecipient } from "./age/passphrase.ts";
import { generateKeyPair, parseIdentity, parseRecipient } from "./key-text.ts";
import { openBytes, patternBytes, sealBytes } from "./testing/streams.ts";

const sizes = [0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize];

for (const kind of ["x25519", "post-quantum"] as const) {
  test(`typage and we open each other's files: ${kind}`, async () => {
    const { identity, recipient } = await generateKeyPair(kind);
    for (const size of sizes) {
      const plaintext = patternBytes(size);
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      assert.deepEqual(await decrypter.decrypt(await sealBytes(plaintext, parseRecipient(recipient))), plaintext);
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      assert.deepEqual(await openBytes(await encrypter.encrypt(plaintext), parseIdentity(identity)), plaintext);
    }
  });
}

test("typage and we open each other's files: passphrase", async () => {
  const plaintext = patternBytes(1000);
  const decrypter = new Decrypter();
  decrypter.addPassphrase("correct horse");
  const sealed = await sealBytes(plaintext, passphraseRecipient("correct horse", { workFactor: 10 }));
  assert.deepEqual(await decrypter.decrypt(sealed), plaintext);
  const encrypter = new Encrypter();
  encrypter.setPassphrase("correct horse");
  encrypter.setScryptWorkFactor(10);
  assert.deepEqual(await openBytes(await encrypter.encrypt(plaintext), passphraseIdentity("correct horse")), plaintext);
});
