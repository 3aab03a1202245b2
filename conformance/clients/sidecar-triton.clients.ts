// A real Triton behind the sidecar, its models sealed, asked by its own clients over HTTP and gRPC with TLS.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { until } from "../e2e/until.ts";
import { freePort } from "../fixtures/free-port.ts";
import { stop } from "../fixtures/spawned-command.ts";
import { realTriton, writeDouble } from "./real-triton.ts";
import { commandOf, sidecarFiles, startSidecar, testMemory, token } from "./running-sidecar.ts";

const run = promisify(execFile);

test("tritonclient over HTTP and gRPC, with Triton behind the sidecar", async (t) => {
  await using folder = await temporaryFolder();
  const triton = await realTriton(folder);
  if ("missing" in triton) {
    t.skip(triton.missing);
    return;
  }
  const { config, roots } = await sidecarFiles(folder, [{ from: await writeDouble(folder), name: "double" }]);
  const [http, grpc] = [await freePort(), await freePort()];
  const shared = `triton-test-${process.pid}-`;
  const command = [
    triton.program,
    "--model-repository={models}",
    `--backend-directory=${triton.backends}`,
    `--backend-config=python,shm-region-prefix-name=${shared}`,
    ...["--http-address=127.0.0.1", `--http-port=${http}`, "--grpc-address=127.0.0.1", `--grpc-port=${grpc}`],
    ...["--allow-metrics=false", "--model-control-mode=explicit", "--load-model=*"],
  ];
  await using memory = await testMemory();
  const around = {
    ...{ upstream: `http://127.0.0.1:${http}`, grpcUpstream: `http://127.0.0.1:${grpc}`, protocol: "open-inference" },
    ...{ environment: triton.environment, memoryFolder: memory.path },
  };
  try {
    await using sidecar = await startSidecar(folder, { ...config, ...around }, command);
    const { process: child, operations, log } = sidecar;
    const script = join(import.meta.dirname, "python/sidecar_triton.py");
    const ask = () => run(triton.python, [script, new URL(sidecar.url).host, roots, token]);
    const { stdout } = await ask();
    t.diagnostic(stdout.trim());
    assert.match(stdout, /^done$/m);
    const health = async () => (await fetch(`${operations}/readyz`)).status;
    assert.equal(await health(), 200);
    process.kill(await commandOf(sidecar, triton.program), "SIGKILL");
    await until(
      async () => (await health()) === 503 || undefined,
      () => "it goes on saying that it is ready",
    );
    await until(
      async () => (await health()) === 200 || undefined,
      () => `it was not started again\n${log()}`,
    );
    assert.match((await ask()).stdout, /^done$/m);
    await stop(child);
    assert.equal(child.exitCode, 0, log());
  } finally {
    // A Triton that was killed leaves the memory that it shares with its Python backend.
    for (const name of await readdir("/dev/shm")) if (name.startsWith(shared)) await rm(join("/dev/shm", name));
  }
  assert.deepEqual(await memory.folders(), []);
  await assert.rejects(fetch(`http://127.0.0.1:${http}/v2/health/live`));
});
