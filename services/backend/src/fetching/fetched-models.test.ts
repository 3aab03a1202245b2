// What lies fetched beside a model store: who finds it, what is kept, and what goes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { zipBytes } from "@sealserve/conformance/fixtures/zip-writer";
import { FetchedModels } from "./fetched-models.ts";

const never = new AbortController().signal;
const manifest = { runtime: "node", model: { modelName: "m", modelVersion: "2.0", handler: "h.ts" } };
const archive = zipBytes([
  { name: "h.ts", data: "export const handle = (rows) => rows;\n" },
  { name: "MAR-INF/MANIFEST.json", data: JSON.stringify(manifest) },
]);
const digest = createHash("sha256").update(archive).digest("hex");

let folder: string;
let modelStore: string;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-fetched-"));
  modelStore = join(folder, "store");
  await mkdir(modelStore);
  await writeFile(join(folder, "a.mar"), archive);
  url = pathToFileURL(join(folder, "a.mar")).href;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function fetchedModels(allowedUrls: readonly string[] = ["file://.*"]): FetchedModels {
  const limits = { maxDownloadSize: 1 << 20, downloadTimeout: 60_000, allowPrivateAddresses: true };
  const options = { modelStore, workflowStore: null, allowedUrls, ...limits };
  return new FetchedModels(options, { clock: { epoch: Date.now, now: () => performance.now() }, onProblem: () => {} });
}

const kept = async (): Promise<string[]> => (await readdir(join(modelStore, ".fetched"))).sort();

test("a call is told which bytes came and what they hold; a name that the store has is refused", async () => {
  const fetched = fetchedModels();
  const version = { name: "m", version: "2.0", entry: "a.mar" };
  const pinned = { digest, versions: [version], workflow: null };
  assert.deepEqual(await fetched.fetch(url, never), { entry: "a.mar", pinned });
  assert.deepEqual(await fetched.fetch(url, never), { entry: "a.mar", pinned });
  assert.deepEqual(await kept(), [digest]);
  await writeFile(join(modelStore, "a.mar"), archive);
  await assert.rejects(fetched.fetch(url, never), { code: "entry-exists" });
});

test("what the state names is brought once, as these bytes or not at all", async () => {
  const source = { entry: "a.mar", url, digest };
  const fetched = fetchedModels();
  const wrong = { ...source, digest: "0".repeat(64) };
  await assert.rejects(fetched.bring(wrong, never), { code: "digest-mismatch" });
  assert.deepEqual([await kept(), await fetched.items(wrong.digest)], [[], []]);
  await assert.rejects(fetchedModels([]).bring(source, never), { code: "url-not-allowed" });
  await fetched.bring(source, never);
  await rm(join(folder, "a.mar"));
  await fetchedModels([]).bring(source, never);
  assert.deepEqual(
    (await fetched.items(digest)).map(({ name, version, entry }) => [name, version, entry]),
    [["m", "2.0", "a.mar"]],
  );
});

test("other bytes in their place are not taken for them, nor is an entry a way out of the folder", async () => {
  const source = { entry: "a.mar", url, digest };
  const fetched = fetchedModels();
  await fetched.bring(source, never);
  const path = join(modelStore, ".fetched", digest, "a.mar");
  for (const change of [() => writeFile(path, "other bytes"), () => replaceByLink(path)]) {
    await change();
    await assert.rejects(fetchedModels([]).bring(source, never), { code: "url-not-allowed" });
    await fetched.bring(source, never);
    assert.deepEqual(await readFile(path), Buffer.from(archive));
  }
  for (const entry of ["../../../b.mar", "/b.mar", "x/b.mar", ".b.mar", "b"]) {
    await assert.rejects(fetched.bring({ ...source, entry }, never), { code: "bad-entry" });
  }
  assert.deepEqual((await readdir(folder)).sort(), ["a.mar", "store"]);
});

async function replaceByLink(path: string): Promise<void> {
  await rm(path);
  await symlink(join(folder, "a.mar"), path);
}

test("a secret in a URL's query is in no reason that clients see", async () => {
  const secret = { entry: "a.mar", url: "https://h/a.mar?token=secret#sha256=x", digest };
  await assert.rejects(fetchedModels([]).bring(secret, never), (error: Error) => !error.message.includes("secret"));
  await assert.rejects(
    fetchedModels(["https://h/.*"]).bring(secret, never),
    (error: Error) => !error.message.includes("secret"),
  );
});

test("what a state does not name any more goes at once, what none has named yet after a while", async () => {
  const fetched = fetchedModels();
  await fetched.fetch(url, never);
  await fetched.keep([]);
  assert.deepEqual(await kept(), [digest], "a call may be about to name it");
  await fetched.keep([{ entry: "a.mar", url, digest }]);
  await fetched.keep([]);
  assert.deepEqual(await kept(), []);
  await fetched.fetch(url, never);
  const path = join(modelStore, ".fetched", digest);
  await utimes(path, 1, 1);
  await writeFile(join(modelStore, ".fetched", "something-else"), "");
  await fetchedModels().keep([]);
  assert.deepEqual(await kept(), ["something-else"]);
});
