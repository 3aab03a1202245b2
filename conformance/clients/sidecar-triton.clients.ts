// A real Triton behind the sidecar, its models sealed, asked by its own clients over HTTP and gRPC with TLS.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { generateKeyPair } from "@sealserve/sealing";
import { runSealserve, spawnSealserve } from "../e2e/running-server.ts";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { until } from "../e2e/until.ts";
import { jsonLinesOf, stop } from "../fixtures/spawned-command.ts";
import { freePort } from "./free-port.ts";
import { realTriton, writeDouble } from "./real-triton.ts";

const run = promisify(execFile);

test("tritonclient over HTTP and gRPC, with Triton behind the sidecar", async (t) => {
  await using folder = await temporaryFolder();
  const triton = await realTriton(folder);
  if ("missing" in triton) {
    t.skip(triton.missing);
    return;
  }
  const at = (name: string): string => join(folder.path, name);
  const { identity, recipient } = await generateKeyPair();
  await writeFile(at("key.txt"), identity);
  await writeFile(at("token.txt"), "sesame\n");
  const sealed = await runSealserve([
    ...["seal", await writeDouble(folder), "--to", recipient],
    ...["--out", at("repository/double")],
  ]);
  assert.equal(sealed.code, 0, sealed.stderr);
  const authority = await testAuthority();
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  await writeFile(at("roots.pem"), authority.roots);
  await writeFile(at("cert.pem"), certificate);
  await writeFile(at("key.pem"), privateKey);
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
  const config = {
    ...{ upstream: `http://127.0.0.1:${http}`, grpcUpstream: `http://127.0.0.1:${grpc}`, protocol: "open-inference" },
    ...{ repository: at("repository"), identity: { keyFile: at("key.txt") }, environment: triton.environment },
    ...{ port: 0, operations: { port: 0 }, drainDelay: 0 },
    tls: { cert: at("cert.pem"), key: at("key.pem") },
    authentication: { tokenFile: at("token.txt") },
  };
  await writeFile(at("sidecar.yaml"), JSON.stringify(config));
  const before = await memoryFolders();
  const child = spawnSealserve(["sidecar", "--config", at("sidecar.yaml"), "--", ...command]);
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  try {
    const ready = await jsonLinesOf<{ readonly listeners: Readonly<Record<string, string>> }>(child, () => log)();
    const { sidecar = "", operations = "" } = ready.listeners;
    const script = join(import.meta.dirname, "python/sidecar_triton.py");
    const ask = () => run(triton.python, [script, `localhost:${new URL(sidecar).port}`, at("roots.pem"), "sesame"]);
    const { stdout } = await ask();
    t.diagnostic(stdout.trim());
    assert.match(stdout, /^done$/m);
    const health = async () => (await fetch(`${operations}/readyz`)).status;
    assert.equal(await health(), 200);
    await run("sh", ["-c", `kill -9 $(cat /proc/${child.pid}/task/${child.pid}/children)`]);
    await until(
      async () => (await health()) === 503 || undefined,
      () => "it goes on saying that it is ready",
    );
    await until(
      async () => (await health()) === 200 || undefined,
      () => `it was not started again\n${log}`,
    );
    assert.match((await ask()).stdout, /^done$/m);
  } finally {
    await stop(child);
    // A Triton that was killed leaves the memory that it shares with its Python backend.
    for (const name of await readdir("/dev/shm")) if (name.startsWith(shared)) await rm(join("/dev/shm", name));
  }
  assert.equal(child.exitCode, 0, log);
  assert.deepEqual(await memoryFolders(), before);
  await assert.rejects(fetch(`http://127.0.0.1:${http}/v2/health/live`));
});

async function memoryFolders(): Promise<readonly string[]> {
  return (await readdir("/dev/shm")).filter((name) => name.startsWith("sealserve-sidecar-"));
}
