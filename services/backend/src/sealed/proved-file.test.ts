// Large sealed files on a thread: they are streamed as they were sealed or refused, and every flipped byte is refused as it is without the thread.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
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

  async function streamed(proved: ProvedFile, signal = never): Promise<Buffer> {
    const pieces: Buffer[] = [];
    // Copies: a piece is there for the time of the call only.
    await proved.stream((piece) => pieces.push(Buffer.from(piece)), signal);
    return Buffer.concat(pieces);
  }

  it("is streamed, read whole and read in any order as it was sealed, again and again", async () => {
    const digests: Uint8Array[] = [];
    await using file = await opened((sha256) => digests.push(sha256));
    for (let i = 0; i < 2; i++) {
      assert.ok((await streamed(file.proved)).equals(plaintext));
      assert.ok(Buffer.from(await file.proved.readWhole()).equals(plaintext));
    }
    const random = await file.proved.random();
    assert.deepEqual(await random.read(262_140, 70_000), plaintext.slice(262_140, 332_140));
    assert.deepEqual(await (await file.proved.random()).read(5, 3), plaintext.slice(5, 8));
    assert.deepEqual(digests, Array(5).fill(digest));
  });

  it("whose digest is refused is refused however it is read, for as long as it is", async () => {
    const refused = new Error("another root");
    let refuses = true;
    await using file = await opened(() => {
      if (refuses) throw refused;
    });
    await assert.rejects(streamed(file.proved), refused);
    await assert.rejects(file.proved.readWhole(), refused);
    await assert.rejects(file.proved.random(), refused);
    refuses = false;
    assert.equal((await file.proved.random()).size, plaintext.length);
  });

  it("is not streamed to its end where whoever takes it throws", async () => {
    await using file = await opened();
    const full = new Error("full");
    let taken = 0;
    const take = (): void => {
      if (++taken === 3) throw full;
    };
    await assert.rejects(file.proved.stream(take, never), full);
    assert.equal(taken, 3);
    assert.ok((await streamed(file.proved)).equals(plaintext));
  });

  const places = [firstChunk, firstChunk + 65_551, Math.floor(sealed.length / 2), sealed.length - 65_552 * 3];
  for (const at of places) {
    it(`with byte ${at - firstChunk} of its payload flipped is refused as changed`, async () => {
      await using file = await opened();
      await flipping(at, async () => {
        await assert.rejects(streamed(file.proved), { code: "chunk-forged" });
        await assert.rejects(file.proved.readWhole(), { code: "chunk-forged" });
      });
      assert.ok((await streamed(file.proved)).equals(plaintext));
    });
  }

  it("that changes after it was opened for reading in any order is refused", async () => {
    await using file = await opened();
    const random = await file.proved.random();
    await flipping(Math.floor(sealed.length / 2), async () => {
      await assert.rejects(streamed(file.proved), { code: "chunk-forged" });
      await assert.rejects(random.read(0, plaintext.length), { code: "chunk-forged" });
    });
  });

  it("in whose place another one comes, sealed with the same key, is refused", async () => {
    let content = plaintext;
    const read = async (offset: number, length: number) => content.slice(offset, offset + length);
    const source = { size: plaintext.length, payload: () => null, read };
    const proved = new ProvedFile({ source, accept: () => {}, changed: () => new Error("changed") });
    const random = await proved.random();
    content = plaintext.with(5_000_000, 0).with(5_000_001, 1);
    await assert.rejects(streamed(proved), { message: "changed" });
    await assert.rejects(proved.readWhole(), { message: "changed" });
    await assert.rejects(random.read(4_999_999, 5), { message: "changed" });
  });

  it("stops soon where it is told to", async () => {
    await using file = await opened();
    await assert.rejects(streamed(file.proved, AbortSignal.abort(new Error("enough"))), { message: "enough" });
    const stop = new AbortController();
    const stopping = file.proved.stream(() => stop.abort(new Error("then")), stop.signal);
    await assert.rejects(stopping, { message: "then" });
  });
});
