// gRPC's own library at both ends of the sidecar, and curl beside it, by the calls of TensorFlow Serving.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { freePort } from "../fixtures/free-port.ts";
import { pythonEnvironment } from "./python-environment.ts";
import { sidecarFiles, startSidecar, testMemory, token } from "./running-sidecar.ts";

const run = promisify(execFile);
const missing = spawnSync("curl", ["--version"]).error ? "curl is not installed" : false;

test("grpcio, with a server of TensorFlow Serving's calls behind the sidecar", { skip: missing }, async (t) => {
  const found = await pythonEnvironment("grpc", ["grpcio==1.85.1"]);
  if ("missing" in found) {
    t.skip(found.missing);
    return;
  }
  await using folder = await temporaryFolder();
  await using memory = await testMemory();
  const model = await folder.write("saved_model.pb", "a model that the server does not look at");
  const { config, roots } = await sidecarFiles(folder, [{ from: model, name: "m.pb.age" }]);
  const [grpc, http] = [await freePort(), await freePort()];
  const script = (name: string): string => join(import.meta.dirname, "python", name);
  const around = {
    ...{ upstream: `http://127.0.0.1:${http}`, grpcUpstream: `http://127.0.0.1:${grpc}` },
    ...{ protocol: "tensorflow-serving", memoryFolder: memory.path },
  };
  const command = [found.python, script("fake_tensorflow_serving.py"), String(grpc), String(http)];
  await using sidecar = await startSidecar(folder, { ...config, ...around }, command);
  const { url } = sidecar;
  const { stdout } = await run(found.python, [
    ...[script("sidecar_tensorflow_serving.py"), new URL(url).host, roots, token],
  ]);
  t.diagnostic(stdout.trim());
  assert.match(stdout, /^done$/m);

  const curl = async (path: string, ...args: readonly string[]): Promise<string> => {
    const shown = ["--silent", "--show-error", "--cacert", roots, "-H", `authorization: Bearer ${token}`];
    return (await run("curl", [...shown, ...args, `${url}${path}`])).stdout;
  };
  for (const version of ["--http1.1", "--http2"]) {
    const predict = "/v1/models/m/versions/2:predict";
    assert.deepEqual(JSON.parse(await curl(predict, version, "-d", '{"instances": [1, 2.5]}')), {
      path: predict,
      predictions: [1, 2.5],
    });
    assert.deepEqual(JSON.parse(await curl("/v1/models/m/metadata", version)), { path: "/v1/models/m/metadata" });
    assert.match(await curl("/monitoring/prometheus/metrics", version), /management/);
  }
});
