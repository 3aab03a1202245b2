// What a program says was measured with it, and where that counts.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { hostileInTee } from "./hostile-in-tee.ts";
import {
  measuredEnvironmentFile,
  nothingMeasured,
  parseMeasuredEnvironment,
  readMeasuredEnvironment,
} from "./measured-environment.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-measured-"));
});
after(() => rm(folder, { recursive: true }));

const roots = { variables: { NODE_EXTRA_CA_CERTS: "/own/roots.pem" } };

test("a folder without the file has nothing measured; one that says something has that", async () => {
  assert.deepEqual(await readMeasuredEnvironment(join(folder, "nowhere")), nothingMeasured);
  await writeFile(join(folder, measuredEnvironmentFile), JSON.stringify(roots));
  assert.deepEqual(await readMeasuredEnvironment(folder), { ...roots, flags: [], modelCode: [] });
});

test("code of models is measured by roots, or all of it is", () => {
  for (const modelCode of ["any", [], ["ab".repeat(32)]] as const) {
    assert.deepEqual(parseMeasuredEnvironment(JSON.stringify({ modelCode }), "file").modelCode, modelCode);
  }
});

for (const text of [
  "",
  "[]",
  "null",
  '{"variables":[]}',
  '{"variables":{"A":1}}',
  '{"flags":"--x"}',
  '{"values":{}}',
  '{"modelCode":"all"}',
  '{"modelCode":["any"]}',
  '{"modelCode":[1]}',
]) {
  test(`${text || "an empty file"} is refused`, () => {
    assert.throws(() => parseMeasuredEnvironment(text, "file"), { code: "measured-malformed" });
  });
}

test("outside a TEE anything may be set, inside one only what was measured", async () => {
  const env = { NODE_EXTRA_CA_CERTS: "/own/roots.pem", LD_PRELOAD: "/tmp/evil.so" };
  const surroundings = { env, execArgv: ["--inspect"] };
  const hostile = (tsmBase: string) =>
    hostileInTee(surroundings, {
      ...{ codeCache: null, program: folder },
      detect: { gramineBase: join(folder, "nowhere"), tsmBase },
    });
  assert.deepEqual(await hostile(join(folder, "nowhere")), []);
  assert.deepEqual(await hostile(folder), ["LD_PRELOAD", "--inspect"]);
});
