// Keys as people hold them: what age-keygen writes is read, and a broken key is never repeated.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  generateKeyPair,
  parseIdentity,
  parseKeyFile,
  parseRecipient,
  parseRecipientsFile,
  recipientOf,
} from "./key-text.ts";
import { openBytes, patternBytes, sealBytes } from "./testing/streams.ts";

test("a key file of age-keygen, with comments and several identities", async () => {
  const [one, other] = await Promise.all([generateKeyPair(), generateKeyPair("post-quantum")]);
  const text = `# created: 2026-08-01T09:30:00Z\n# public key: ${one.recipient}\n${one.identity}\r\n\n  ${other.identity}  \n`;
  const identities = parseKeyFile(text);
  assert.equal(identities.length, 2);
  const [, hybrid] = identities;
  assert.ok(hybrid);
  const sealed = await sealBytes(patternBytes(9), parseRecipient(other.recipient));
  assert.deepEqual(await openBytes(sealed, hybrid), patternBytes(9));
});

test("a file of recipients", async () => {
  const { recipient } = await generateKeyPair();
  assert.equal(parseRecipientsFile(`# the broker\n${recipient}\n\n${recipient}\n`).length, 2);
  assert.throws(() => parseRecipientsFile("# nobody\n"), { code: "recipients-missing" });
  assert.throws(() => parseRecipientsFile(`${recipient}\nage1nonsense\n`), {
    code: "recipient-malformed",
    facts: { line: 2, reason: "its prefix, length or checksum is wrong" },
  });
});

test("an identity tells its recipient", async () => {
  for (const kind of ["x25519", "post-quantum"] as const) {
    const { identity, recipient } = await generateKeyPair(kind);
    assert.equal(await recipientOf(identity), recipient);
    assert.match(recipient, kind === "x25519" ? /^age1[a-z0-9]{58}$/ : /^age1pq1/);
  }
});

test("a broken key is refused, and no error repeats it", async () => {
  const { identity, recipient } = await generateKeyPair();
  const flipped = identity.replace(/.$/, (last) => (last === "Q" ? "P" : "Q"));
  for (const text of [flipped, identity.slice(0, -1), identity.toLowerCase(), recipient, "AGE-PLUGIN-X-1QQQ", "x"]) {
    assert.throws(
      () => parseIdentity(text),
      (error: Error) => !error.message.includes(text.slice(20)) || text.length < 20,
    );
    assert.throws(() => parseIdentity(text), { code: "identity-malformed" });
  }
  for (const text of [
    identity,
    identity.toLowerCase(),
    recipient.toUpperCase(),
    recipient.slice(1),
    "ssh-ed25519 AAAA",
    "",
  ]) {
    assert.throws(
      () => parseRecipient(text),
      (error: Error) => !error.message.includes(text.slice(20)) || text.length < 20,
    );
    assert.throws(() => parseRecipient(text), { code: "recipient-malformed" });
  }
  assert.throws(() => parseKeyFile("# nothing\n"), { code: "identities-missing" });
});

test("any text as a key, and a key with one changed character, is refused", async () => {
  const texts = await Promise.all(
    (["x25519", "post-quantum"] as const).map(async (kind) => Object.values(await generateKeyPair(kind))),
  );
  const changed = fc.constantFrom(...texts.flat()).chain((text) =>
    fc.tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 })).map(([at, put]) => {
      const other = text.slice(0, at) + put + text.slice(at + 1);
      return other === text ? "" : other;
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), changed), (text) => {
      assert.throws(() => parseIdentity(text), { code: "identity-malformed" });
      assert.throws(() => parseRecipient(text), { code: "recipient-malformed" });
    }),
    { numRuns: 300 },
  );
});
