// Large sealed files on a thread: nothing is poured before the proof, and every flipped byte is refused as it is without the thread.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, open as openFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { generateKeyPair, openRandom, parseIdentity, parseRecipient, seal, sealedSize } from "@sealserve/sealing";
import { fileSource } from "@sealserve/sealing/folder";
import { ProvedFile } from "./proved-file.ts";

const never = new AbortController().signal;
const { identity, recipient } = await generateKeyPair();
/** Neither whole pieces nor whole chunks. */
const plaintext = new Uint8Array(9 * 1024 * 1024 + 100_001).map((_, i) => i * 7 + (i >> 11));
const digest = new Uint8Array(createHash("sha256").update(plaintext).digest());
const sealed = new Uint8Array(
  await new Response(
    seal(new Response(plaintext).body ?? new ReadableStream(), [parseRecipient(recipient)]),
  ).arrayBuffer(),
);
const headerSize = sealed.length - sealedSize(plaintext.length, 0);
const firstChunk = headerSize + 16;

describe("a large sealed file", () => {
  let folder = "";
  let path = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sealserve-proved-"));
    path = join(folder, "m.age");
    await writeFile(path, sealed);
  });
  after(() => rm(folder, { recursive: true }));

  async function opened(accept: (sha256: Uint8Array) => void = () => {}) {
    const file = await fileSource(path);
    const source = await openRandom(file, [parseIdentity(identity)]);
    const proved = new ProvedFile({ source, accept, changed: () => new Error("changed") });
    return { proved, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
  }

  /** Flips a byte of the sealed file, for the time of `act`. */
  async function flipping(at: number, act: () => Promise<void>): Promise<void> {
    await using file = await openFile(path, "r+");
    await file.write(Uint8Array.of((sealed[at] ?? 0) ^ 1), 0, 1, at);
    await act();
    await file.write(sealed, at, 1, at);
  }

  async function poured(proved: ProvedFile, signal = never): Promise<{ whole: boolean; bytes: Uint8Array }> {
    const out = join(folder, "out");
    await using into = await openFile(out, "w");
    const whole = await proved.pour(async () => into.fd, signal);
    const chunks: Buffer[] = [];
    const reading = createReadStream(out).on("data", (chunk) => chunks.push(chunk as Buffer));
    await once(reading, "close");
    return { whole, bytes: new Uint8Array(Buffer.concat(chunks)) };
  }

  it("is poured, read whole and read in any order as it was sealed, again and again", async () => {
    const digests: Uint8Array[] = [];
    await using file = await opened((sha256) => digests.push(sha256));
    for (let i = 0; i < 2; i++) {
      const { whole, bytes } = await poured(file.proved);
      assert.ok(whole && Buffer.from(bytes).equals(plaintext));
      assert.ok(Buffer.from(await file.proved.readWhole()).equals(plaintext));
    }
    const random = await file.proved.random();
    assert.deepEqual(await random.read(262_140, 70_000), plaintext.slice(262_140, 332_140));
    assert.deepEqual(digests, [digest]);
    await using other = await opened();
    assert.ok(Buffer.from(await other.proved.readWhole()).equals(plaintext));
  });

  it("is not poured at all where its digest is refused", async () => {
    const refused = new Error("another root");
    await using file = await opened(() => {
      throw refused;
    });
    let asked = false;
    const pouring = file.proved.pour(async () => {
      asked = true;
      return null;
    }, never);
    await assert.rejects(pouring, refused);
    assert.equal(asked, false);
  });

  const places = [firstChunk, firstChunk + 65_551, Math.floor(sealed.length / 2), sealed.length - 65_552 * 3];
  for (const at of places) {
    it(`with byte ${at - firstChunk} of its payload flipped is refused as changed`, async () => {
      await using file = await opened();
      await flipping(at, async () => {
        await assert.rejects(poured(file.proved), { code: "chunk-forged" });
        await assert.rejects(file.proved.readWhole(), { code: "chunk-forged" });
      });
      assert.ok((await poured(file.proved)).whole);
    });
  }

  it("that changes after its proof is refused, and its engine gets no more", async () => {
    await using file = await opened();
    const random = await file.proved.random();
    const at = Math.floor(sealed.length / 2);
    await flipping(at, async () => {
      await assert.rejects(poured(file.proved), { message: "changed" });
      await assert.rejects(random.read(0, plaintext.length), { code: "chunk-forged" });
    });
  });

  it("stops soon where it is told to", async () => {
    await using file = await opened();
    await assert.rejects(poured(file.proved, AbortSignal.abort(new Error("enough"))), { message: "enough" });
    await file.proved.random();
    assert.equal((await poured(file.proved, AbortSignal.abort())).whole, false);
  });
});
