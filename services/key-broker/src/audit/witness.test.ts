// The witness file: the newest of two places counts, a torn one does not, and writers that share it never set it back.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FileWitness } from "./witness.ts";

async function fileFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "witness-"));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, "audit-witness.json");
}

const head = (sequence: number) => ({ sequence, hash: sequence.toString(16).padStart(64, "0") });

test("what was written is read, the newest of all, by another too; lower ones change nothing", async (t) => {
  const file = await fileFor(t);
  const witness = new FileWitness(file);
  assert.equal((await witness.read()).sequence, 0);
  for (const sequence of [1, 2, 3, 2]) await witness.write(head(sequence));
  assert.deepEqual(await new FileWitness(file).read(), head(3));
  await new FileWitness(file).write(head(2));
  assert.deepEqual(await witness.read(), head(3));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await witness.reset(head(1));
  assert.deepEqual(await new FileWitness(file).read(), head(1));
});

test("a write that was cut off anywhere leaves the one before it", async (t) => {
  const file = await fileFor(t);
  const witness = new FileWitness(file);
  for (const sequence of [1, 2, 3]) await witness.write(head(sequence));
  const before = await readFile(file);
  await witness.write(head(4));
  const after = await readFile(file);
  const begin = after.findIndex((byte, i) => byte !== before[i]);
  for (let cut = begin; cut <= after.length; cut += 7) {
    await writeFile(file, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
    const { sequence, hash } = await new FileWitness(file).read();
    assert.ok([3, 4].includes(sequence) && hash === head(sequence).hash, `${sequence} at ${cut}`);
  }
});

test("a file from before there were two places is read, and goes on", async (t) => {
  const file = await fileFor(t);
  await writeFile(file, JSON.stringify(head(7)));
  const witness = new FileWitness(file);
  assert.deepEqual(await witness.read(), head(7));
  await witness.write(head(8));
  assert.deepEqual(await new FileWitness(file).read(), head(8));
});

test("nothing that can be read is not taken for nothing seen", async (t) => {
  const file = await fileFor(t);
  for (const content of ["", "x".repeat(1024), "{}"]) {
    await writeFile(file, content);
    await assert.rejects(new FileWitness(file).read(), { code: "witness-unusable" });
  }
});

test("of brokers that share the file none sets back another", async (t) => {
  const file = await fileFor(t);
  const [first, second] = [new FileWitness(file), new FileWitness(file)];
  for (let sequence = 1; sequence < 60; sequence += 2) {
    await Promise.all([first.write(head(sequence)), second.write(head(sequence + 1))]);
    assert.ok((await new FileWitness(file).read()).sequence >= sequence);
  }
});
