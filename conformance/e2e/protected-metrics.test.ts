// Metrics on TorchServe's listener that are not for everybody.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runSealserve, startServer } from "./running-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const tokens = "--set=protocols.torchserve.tokens.keyFile";
const protect = "--set=protocols.torchserve.protectMetrics=true";

for (const [what, flags, status] of [
  ["need the token for management where it is said", [protect], 400],
  ["need none where only calls need one", [], 200],
] as const) {
  test(`metrics ${what}`, async () => {
    await using folder = await temporaryFolder();
    const keyFile = join(folder.path, "key_file.json");
    await using server = await startServer(["--model-store", folder.path, `${tokens}=${keyFile}`, ...flags]);
    const { management, inference } = JSON.parse(await readFile(keyFile, "utf8"));
    const ask = async (headers: Readonly<Record<string, string>> = {}): Promise<number> =>
      (await fetch(server.url("torchserveMetrics", "/metrics"), { headers })).status;
    assert.equal(await ask(), status);
    assert.equal(await ask({ authorization: `Bearer ${inference.key}` }), status);
    assert.equal(await ask({ authorization: `Bearer ${management.key}` }), 200);
  });
}

test("metrics cannot be protected by tokens that are not there", async () => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await runSealserve(["serve", "--model-store", folder.path, protect]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /protectMetrics/);
});
