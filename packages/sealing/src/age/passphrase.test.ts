// Passphrases: both derivations agree, and what a stranger's file asks for is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "@sealserve/primitives";
import { seal } from "../seal.ts";
import { directKey } from "../testing/direct-key.ts";
import { collectBytes, openBytes, patternBytes, sealBytes, streamOf } from "../testing/streams.ts";
import { passphraseIdentity, passphraseRecipient } from "./passphrase.ts";
import { scryptKey as scryptInNode } from "./scrypt.node.ts";
import { scryptKey as scryptInBrowser } from "./scrypt.ts";

const quick = { workFactor: 8 };
const wrapped = async (passphrase: string) => {
  const [stanza] = await passphraseRecipient(passphrase, quick).wrap(patternBytes(16));
  assert.ok(stanza);
  return stanza;
};

test("Node's scrypt and the browser's give the same key", async () => {
  const [salt, password] = [patternBytes(44), utf8("pässword")];
  assert.deepEqual(
    Uint8Array.from(await scryptInNode(password, salt, 9)),
    Uint8Array.from(await scryptInBrowser(password, salt, 9)),
  );
});

test("a wrong passphrase is not mine", async () => {
  const sealed = await sealBytes(patternBytes(5), passphraseRecipient("right", quick));
  assert.deepEqual(await openBytes(sealed, passphraseIdentity("right")), patternBytes(5));
  await assert.rejects(openBytes(sealed, passphraseIdentity("wrong")), { code: "no-identity-matched" });
});

test("a passphrase stands alone", async () => {
  const recipients = [passphraseRecipient("p", quick), directKey()];
  await assert.rejects(collectBytes(seal(streamOf(patternBytes(1)), recipients)), { code: "passphrase-not-alone" });
  const stanza = await wrapped("p");
  const beside = [stanza, { args: ["X25519", "a"], body: patternBytes(32) }];
  await assert.rejects(passphraseIdentity("p").unwrap(beside), { code: "stanza-malformed" });
});

test("more work than allowed is refused before it is done", async () => {
  const stanza = await wrapped("p");
  const costly = { ...stanza, args: ["scrypt", stanza.args[1] ?? "", "40"] };
  await assert.rejects(passphraseIdentity("p").unwrap([costly]), {
    code: "work-factor",
    facts: { limit: 20, found: 40 },
  });
  await assert.rejects(passphraseIdentity("p", { maxWorkFactor: 7 }).unwrap([stanza]), { code: "work-factor" });
});

test("a stanza that is not as age writes it is refused", async () => {
  const { args, body } = await wrapped("p");
  const [, salt = ""] = args;
  const broken = [
    { args: ["scrypt"], body },
    { args: ["scrypt", salt], body },
    { args: ["scrypt", salt, "08"], body },
    { args: ["scrypt", salt, "0"], body },
    { args: ["scrypt", salt, "-1"], body },
    { args: ["scrypt", salt, "8", "more"], body },
    { args: ["scrypt", `${salt}=`, "8"], body },
    { args: ["scrypt", salt.slice(2), "8"], body },
    { args: ["scrypt", salt, "8"], body: body.subarray(1) },
  ];
  for (const stanza of broken) {
    await assert.rejects(passphraseIdentity("p").unwrap([stanza]), { code: "stanza-malformed" }, stanza.args.join(" "));
  }
});
