// grpcio with its health and reflection clients, from PyPI, against the built server; the stubs are made of this repository's .proto sources.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { selfSigned } from "@sealserve/server";
import { archiveBytes } from "../e2e/archives.ts";
import { startServer } from "../e2e/running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";
import { builtCommand } from "./built-server.ts";
import { pythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);
const version = "1.76.0";
const packages = ["grpcio", "grpcio-tools", "grpcio-health-checking", "grpcio-reflection"];
const protos = join(import.meta.dirname, "../../packages/protocols/proto");

const handlers = {
  tell: "rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, Buffer.from(v.bytes).toString('base64')])))",
  back: "rows.map((row) => row.data.bytes)",
  slow: "new Promise((resolve) => setTimeout(() => resolve(rows.map(() => 'late')), 3000))",
};

async function writeModels(store: TemporaryFolder): Promise<void> {
  for (const [name, answer] of Object.entries(handlers)) {
    const handler = `export function handle(rows) { return ${answer}; }\n`;
    await store.write(`models/${name}.mar`, archiveBytes({ name, handler }));
  }
  const shape = "data_type: TYPE_FP32, dims: [-1] }]\n";
  const tensors = `input [{ name: "INPUT0", ${shape}output [{ name: "OUTPUT0", ${shape}`;
  await store.write("models/wide/config.pbtxt", `backend: "identity"\nmax_batch_size: 8\n${tensors}`);
  await store.write("models/wide/1/.keep", "");
}

for (const secured of [false, true]) {
  test(`grpcio ${secured ? "over TLS, with a token for changes" : "in plaintext"}`, async (t) => {
    const environment = await pythonEnvironment(
      "grpc",
      packages.map((name) => `${name}==${version}`),
    );
    if ("missing" in environment) {
      t.skip(environment.missing);
      return;
    }
    await using folder = await temporaryFolder();
    await writeModels(folder);
    const sources = ["torchserve/inference", "torchserve/management", "google/rpc/status", "google/rpc/error_details"];
    const out = [`--python_out=${folder.path}`, `--grpc_python_out=${folder.path}`];
    const files = sources.map((name) => `${name}.proto`);
    await run(environment.python, ["-m", "grpc_tools.protoc", "-I", protos, ...out, ...files]);

    const { certificate, privateKey } = await selfSigned({ host: "localhost", from: new Date() });
    const cert = await folder.write("cert.pem", certificate);
    const key = await folder.write("key.pem", privateKey.reveal());
    const token = await folder.write("token", "s3cret-token");
    const secure = ["--tls-cert", cert, "--tls-key", key, "--set", `management.tokenFile=${token}`];
    const args = ["--model-store", join(folder.path, "models"), "--set", "maxBodySize=20MB"];
    await using server = await startServer([...args, ...(secured ? secure : [])], { main: builtCommand });

    const script = join(import.meta.dirname, "python/torchserve_grpc.py");
    const addresses = (["torchserveGrpc", "grpcManagement"] as const).map((name) => {
      return `localhost:${new URL(server.url(name, "/")).port}`;
    });
    const shown = secured ? [cert, "s3cret-token"] : ["-", "-"];
    const { stdout } = await run(environment.python, [script, ...addresses, ...shown], {
      env: { ...process.env, PYTHONPATH: folder.path },
    }).catch((error) => assert.fail(`${error.stdout}\n${error.stderr}\n${server.log()}`));
    t.diagnostic(stdout.trim());
    assert.match(stdout, /^done$/m);
  });
}
