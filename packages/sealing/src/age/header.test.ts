// The header reader takes what age writes and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, textOf, utf8 } from "@sealserve/primitives";
import fc from "fast-check";
import type { Stanza } from "../recipient.ts";
import { patternBytes, streamOf } from "../testing/streams.ts";
import { ByteSource } from "./byte-source.ts";
import { encodeCovered, encodeHeader, headerLimit, parseHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";

const mac = patternBytes(32);

function write(stanzas: readonly Stanza[]): Uint8Array {
  return encodeHeader(encodeCovered(stanzas), mac);
}

const simple = textOf(write([{ args: ["X25519", "abc"], body: patternBytes(32) }]));

function read(text: string): Promise<unknown> {
  return readHeader(new ByteSource(streamOf(Uint8Array.from(text, (char) => char.charCodeAt(0)))));
}

test("what is written is read back, whatever the arguments and bodies", async () => {
  const text = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    minLength: 1,
    maxLength: 80,
  });
  const body = fc.uint8Array({ maxLength: 200 });
  const stanza = fc.record({ args: fc.array(text, { minLength: 1, maxLength: 4 }), body });
  const stanzas = fc.array(
    stanza.filter(({ args }) => args[0] !== "scrypt"),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(stanzas, fc.integer({ min: 1, max: 50 }), async (given, pieceSize) => {
      const bytes = write(given);
      const source = new ByteSource(streamOf(concatBytes([bytes, utf8("payload")]), pieceSize));
      const header = await readHeader(source);
      assert.deepEqual(
        header.stanzas.map(({ args, body: found }) => ({ args: [...args], body: Uint8Array.from(found) })),
        given.map(({ args, body: wanted }) => ({ args: [...args], body: Uint8Array.from(wanted) })),
      );
      assert.deepEqual(header.covered, encodeCovered(given));
      assert.deepEqual(header.mac, mac);
      assert.equal(header.size, bytes.length);
      assert.equal(source.at, bytes.length);
      assert.equal(textOf(await source.take(100)), "payload");
    }),
  );
});

test("a body of a whole line is followed by an empty one", () => {
  assert.match(textOf(write([{ args: ["a"], body: patternBytes(48) }])), /-> a\n[^\n]{64}\n\n---/);
  assert.match(textOf(write([{ args: ["a"], body: patternBytes(0) }])), /-> a\n\n---/);
});

test("G7: another version, or something else altogether, is named", async () => {
  for (const text of [
    simple.replace("/v1", "/v2"),
    simple.replace("age-", "AGE-"),
    simple.replace("\n", "\r\n"),
    "PK\u0003\u0004 and then a zip archive of some length",
    "PK",
    " ",
    `\n${simple}`,
  ]) {
    await assert.rejects(read(text), { code: "version-unsupported" }, JSON.stringify(text.slice(0, 30)));
  }
  await assert.rejects(read(`-----BEGIN AGE ENCRYPTED FILE-----\n${btoa(simple)}`), { code: "armor-unsupported" });
});

test("a header that is not exactly as age writes it is refused", async () => {
  const body = textOf(write([{ args: ["X25519"], body: patternBytes(48) }]));
  const cases: Readonly<Record<string, string>> = {
    "no stanza": simple.replace(/->[^-]*/, ""),
    "no arguments": simple.replace("-> X25519 abc", "->"),
    "two spaces": simple.replace("X25519 abc", "X25519  abc"),
    "a space at the end": simple.replace("abc\n", "abc \n"),
    "no arrow": simple.replace("-> ", "=> "),
    "a control character": simple.replace("abc", "a\tb"),
    "not ASCII": simple.replace("abc", "abü"),
    "CRLF inside": simple.replace("abc\n", "abc\r\n"),
    padding: simple.replace(/(\n[A-Za-z0-9+/]{43})\n/, "$1=\n"),
    "bits that say nothing": simple.replace(/([A-Za-z0-9+/]{42})[A-Za-z0-9+/]\n---/, "$1/\n---"),
    "a character outside base64": simple.replace(/\n[A-Za-z0-9+/](?=[A-Za-z0-9+/]{42}\n)/, "\n_"),
    "a line over 64 columns": body.replace(/\n([A-Za-z0-9+/]{64})\n/, "\n$1AAAA\n"),
    "no short last line": body.replace("\n\n---", "\n---"),
    "an empty line between": simple.replace("\n->", "\n\n->"),
    "no space before the code": simple.replace("--- ", "---"),
    "two spaces before the code": simple.replace("--- ", "---  "),
    "a short code": simple.replace(/--- [A-Za-z0-9+/]{4}/, "--- "),
    "a padded code": simple.replace(/\n$/, "=\n"),
    "a passphrase beside another": textOf(write([{ args: ["a"], body: mac }])).replace(
      "---",
      "-> scrypt AAAA 18\nAAAA\n---",
    ),
  };
  for (const [what, text] of Object.entries(cases)) {
    assert.ok(text !== simple && text !== body, `${what} changes nothing`);
    await assert.rejects(read(text), { code: "header-malformed" }, what);
  }
});

test("a stanza that cannot be written is refused", () => {
  for (const args of [[], [""], ["a b"], ["a\n-> b"], ["ü"]]) {
    assert.throws(() => encodeCovered([{ args, body: mac }]), { code: "header-malformed" });
  }
});

test("F4: a header that never ends is given up at the limit", async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(utf8(given === 0 ? "age-encryption.org/v1\n" : `-> ${"a".repeat(4000)}\n\n`));
      given += 4000;
    },
  });
  await assert.rejects(readHeader(new ByteSource(endless)), {
    code: "header-too-large",
    facts: { limit: headerLimit },
  });
  assert.ok(given < 3 * headerLimit, `${given} bytes were asked for`);
});

test("F4: empty pieces do no harm", async () => {
  let empty = 10_000;
  const flooded = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(empty-- > 0 ? new Uint8Array() : utf8(simple));
      if (empty < 0) controller.close();
    },
  });
  assert.equal((await readHeader(new ByteSource(flooded))).stanzas.length, 1);
});

test("one line as long as the limit is read without harm", () => {
  const text = simple.replace("abc", "a".repeat(headerLimit - 2000));
  assert.equal(parseHeader(utf8(text)).stanzas.length, 1);
});
