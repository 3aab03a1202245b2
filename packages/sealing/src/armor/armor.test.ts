// ASCII armor: typage reads what we write and the reverse, what is not exactly so is refused, and a sealed file opens through it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, textOf, utf8 } from "@sealserve/primitives";
import { armor as typage } from "age-encryption";
import fc from "fast-check";
import { ByteSource } from "../age/byte-source.ts";
import { chunkSize } from "../age/chunks.ts";
import { inspectSealed } from "../inspect.ts";
import { open } from "../open.ts";
import { openRandom } from "../open-random.ts";
import { sourceOf } from "../random-source.ts";
import { seal } from "../seal.ts";
import { directKey } from "../testing/direct-key.ts";
import { collectBytes, inTwoBuffers, openBytes, patternBytes, sealBytes, streamOf } from "../testing/streams.ts";
import { armor } from "./armor.ts";
import { binaryOf } from "./dearmor.ts";

const key = directKey();
const begin = "-----BEGIN AGE ENCRYPTED FILE-----";
const end = "-----END AGE ENCRYPTED FILE-----";

async function armored(bytes: Uint8Array, pieceSize?: number): Promise<string> {
  const pieces = streamOf(bytes, pieceSize).pipeThrough(copies());
  return textOf(await collectBytes(armor(pieces)));
}

function copies(): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  return new TransformStream({ transform: (piece, controller) => controller.enqueue(Uint8Array.from(piece)) });
}

/** The binary form; latin1, so that a test can write any byte. */
async function dearmored(text: string, pieceSize = 65_536): Promise<Uint8Array> {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const binary = await binaryOf(new ByteSource(inTwoBuffers(bytes, pieceSize)));
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = Uint8Array.from(await binary.take(1000));
    if (part.length === 0) return Uint8Array.from(concatBytes(parts));
    parts.push(part);
  }
}

test("typage and we read each other's armor, whatever the size of the pieces", async () => {
  const piece = fc.integer({ min: 1, max: 300 });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      piece,
      piece,
      async (bytes, inPieces, outPieces) => {
        const text = await armored(bytes, inPieces);
        assert.equal(text, typage.encode(bytes));
        assert.deepEqual(await dearmored(text, outPieces), bytes);
      },
    ),
  );
  for (const size of [1, 47, 48, 49, 96, 200_000]) {
    const bytes = patternBytes(size);
    const text = await armored(bytes);
    assert.deepEqual(typage.decode(text), bytes);
    assert.deepEqual(await dearmored(text), bytes);
  }
});

test("a sealed file goes through armor; what can be known without a key is the same", async () => {
  for (const size of [0, 100, 3 * chunkSize + 5]) {
    const plaintext = patternBytes(size);
    const text = await collectBytes(armor(seal(streamOf(plaintext), [key])));
    assert.deepEqual(await collectBytes(open(streamOf(text, 1000), [key])), plaintext);
    const binary = typage.decode(textOf(text));
    assert.deepEqual(await inspectSealed(sourceOf(text)), {
      ...(await inspectSealed(sourceOf(binary))),
      armored: true,
      size: text.length,
    });
  }
});

test("blanks around it, LF or CRLF, and a missing last line feed are forgiven", async () => {
  const bytes = patternBytes(100);
  const text = await armored(bytes);
  for (const given of [
    text,
    text.slice(0, -1),
    `\n \t\r\n${text}`,
    `  ${text}`,
    `${text}\n\r\n \t`,
    text.replaceAll("\n", "\r\n"),
    text.slice(0, -1).replaceAll("\n", "\r\n"),
    `${" ".repeat(512)}${text}${" ".repeat(500)}`,
  ]) {
    for (const pieceSize of [1, 7, 65_536]) assert.deepEqual(await dearmored(given, pieceSize), bytes);
  }
});

test("armor that is not exactly as age writes it is refused", async () => {
  const bytes = patternBytes(100);
  const text = await armored(bytes);
  const [, one = "", two = "", last = ""] = text.split("\n");
  const rows = (...lines: readonly string[]): string => [begin, ...lines, end, ""].join("\n");
  assert.equal(text, rows(one, two, last));
  const cases: Readonly<Record<string, readonly [string, number]>> = {
    "nothing inside": [rows(), 2],
    "an empty line": [rows(one, "", two, last), 3],
    "an empty line at the end": [rows(one, two, last, ""), 5],
    "a header, as PEM may have": [rows("Comment: none", "", one), 2],
    "a short row that is not the last": [rows(one, last, two), 4],
    "a padded row that is not the last": [rows(`${one.slice(0, 63)}=`, two), 2],
    "a row over 64 columns": [rows(one + two.slice(0, 4), last), 2],
    "all in one row": [rows(one + two + last), 2],
    "a row of 76 columns": [rows(`${one}${two.slice(0, 12)}`, last), 2],
    "no padding": [rows(one, two, last.replace(/=+$/, "")), 4],
    "padding too much": [rows(one, two, `${last}====`), 4],
    "padding inside": [rows(`A===${one.slice(4)}`), 2],
    "three characters of padding": [rows(one, two, "A==="), 4],
    "bits that say nothing, two pads": [rows(one, two, "AB=="), 4],
    "bits that say nothing, one pad": [rows(one, two, "AAB="), 4],
    "a URL's alphabet": [rows(`-${one.slice(1)}`), 2],
    "a URL's alphabet, later": [rows(`A_${one.slice(2)}`), 2],
    "a blank in a row": [rows(one.replace(/./, " ")), 2],
    "a blank before a row": [rows(` ${one.slice(0, 60)}`), 2],
    "a blank behind a row": [rows(one, two, `${last} `), 4],
    "CR inside": [rows(`${one.slice(0, 32)}\r${one.slice(33)}`), 2],
    "CR twice": [rows(`${one}\r\r`, two), 2],
    "CR alone for a line feed": [rows(`${one}\r${two}`, last), 2],
    "not ASCII": [rows(`é${one.slice(1)}`), 2],
    "a zero byte": [rows(one, `\0${two.slice(1)}`), 3],
    "another end": [text.replace("-----END AGE", "-----END PGP"), 5],
    "an end in small letters": [text.replace("END AGE", "end age"), 5],
    "something behind": [`${text}more`, 6],
    "something behind in its line": [text.replace(/\n$/, "x\n"), 5],
    twice: [text + text, 6],
    "too many blanks before": [" ".repeat(1025) + text, 1],
    "too many blanks behind": [text + "\n".repeat(1030), 1030],
  };
  for (const [what, [given, line]] of Object.entries(cases)) {
    for (const pieceSize of [1, 65_536]) {
      await assert.rejects(dearmored(given, pieceSize), (error) => {
        assert.equal(Object(error).code, "armor-malformed", `${what}: ${error}`);
        assert.equal(Object(error).facts.line, line, what);
        return true;
      });
    }
  }
});

test("what only begins like armor is named", async () => {
  const text = await armored(patternBytes(10));
  for (const given of [
    text.replace("BEGIN", "begin"),
    text.replace("AGE ENCRYPTED FILE", "PGP MESSAGE"),
    text.replace("-----\n", "----- \n"),
    `x${text}`.replace("x", " x"),
    " ",
    "-----",
    "-".repeat(100_000),
    "\nage-encryption.org/v1\n",
  ]) {
    await assert.rejects(dearmored(given), { code: "version-unsupported" }, given.slice(0, 50));
  }
  assert.deepEqual(await dearmored(`x${text}`), utf8(`x${text}`), "for the header's reader to refuse");
});

test("F1: armor cut at any byte is missed, and the last chunk is not given out", async () => {
  const plaintext = patternBytes(40);
  const text = await collectBytes(armor(streamOf(await sealBytes(plaintext, key)).pipeThrough(copies())));
  for (let length = 0; length < text.length - 1; length++) {
    const given: Uint8Array[] = [];
    const opened = open(streamOf(text.subarray(0, length)), [key]);
    await assert.rejects(
      async () => {
        for await (const piece of opened) given.push(piece);
      },
      { code: length > 0 && length <= begin.length ? "version-unsupported" : "truncated" },
      `${length}`,
    );
    assert.deepEqual(given, []);
  }
  const { plaintextSize } = await inspectSealed(sourceOf(text.slice(0, -10)));
  assert.equal(plaintextSize, null);
  await assert.rejects(openBytes(concatBytes([text, utf8("x")]), key), { code: "armor-malformed" });
});

test("a file for reading in any order must be binary, and the error says so", async () => {
  const text = typage.encode(await sealBytes(patternBytes(10), key));
  for (const given of [text, `\n${text}`]) {
    await assert.rejects(openRandom(sourceOf(utf8(given)), [key]), { code: "armor-unsupported" });
  }
});

test("whoever gives the bytes learns that they are not wanted any more", async () => {
  const reasons: unknown[] = [];
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(Uint8Array.from(patternBytes(1000))),
    cancel: (reason) => void reasons.push(reason),
  });
  await armor(endless).cancel("left");
  assert.deepEqual(reasons, ["left"]);
});
