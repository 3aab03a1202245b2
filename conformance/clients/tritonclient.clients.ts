// tritonclient's own HTTP client, from PyPI, against the built server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startServer } from "../e2e/running-server.ts";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { builtCommand, writeReferenceModels } from "./built-server.ts";
import { pythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);

test("tritonclient's HTTP client", async (t) => {
  const environment = await pythonEnvironment("tritonclient", ["tritonclient[http]==2.73.0", "numpy<3"]);
  if ("missing" in environment) {
    t.skip(environment.missing);
    return;
  }
  await using store = await temporaryFolder();
  await writeReferenceModels(store);
  await using server = await startServer(["--model-store", store.path], { main: builtCommand });
  const script = join(import.meta.dirname, "python/tritonclient_http.py");
  const { stdout } = await run(environment.python, [script, new URL(server.url("openInference", "/")).host]);
  t.diagnostic(stdout.trim());
  assert.match(stdout, /^done$/m);
});
