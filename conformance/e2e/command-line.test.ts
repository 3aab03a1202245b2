// The command line: help for every command, exit codes, and where the configuration comes from.
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { identityModel } from "../fixtures/onnx-model.ts";
import { get } from "./exchange.ts";
import { runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("models/line.onnx", identityModel());
});
after(() => folder[Symbol.asyncDispose]());

const commands = ["serve", "predict", "models", "pack"];

test("--help says what each command and each of its flags is for", async () => {
  const whole = await runSealserve(["--help"]);
  assert.equal(whole.code, 0);
  for (const command of commands) assert.match(whole.stdout, new RegExp(`^  ${command} `, "m"));
  await Promise.all(
    commands.map(async (command) => {
      const { code, stdout, stderr } = await runSealserve([command, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: sealserve ${command}`));
      for (const line of stdout.split("\n").filter((each) => /^ {2}-/.test(each)))
        assert.match(line, /\S {2,}\S/, line);
      assert.doesNotMatch(stdout, /\[\]|\{\}|undefined/);
    }),
  );
});

test("--version is a version", async () => {
  const { code, stdout } = await runSealserve(["--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/);
});

describe("what it does not know ends with 2, and says where to look:", { concurrency: 3 }, () => {
  for (const [args, words] of [
    ["", /Usage: sealserve/],
    ["sreve", /unknown command 'sreve'[\s\S]*serve/],
    ["serve --modelstore x", /unknown option '--modelstore'[\s\S]*--model-store[\s\S]*--help/],
    ["serve --tls open", /--tls[\s\S]*self-signed/],
    ["serve --set pollInterval", /--set[\s\S]*KEY=VALUE/],
    ["serve extra", /too many arguments/],
    ["predict", /missing required argument 'model'/],
    ["predict line --any", /--any chooses the model/],
    ["predict line --genuine", /--genuine needs --any/],
    ["predict --any --genuine --trust policy.yaml", /--genuine goes without --trust/],
    ["models --url", /--url/],
  ] as const) {
    it(`sealserve ${args}`, async () => {
      const { code, stdout, stderr } = await runSealserve(args.split(" ").filter(Boolean));
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, words);
    });
  }
});

test("file, environment and flags win in this order, and what is printed is a file that means the same", async () => {
  const file = await folder.write(
    "sealserve.yaml",
    [
      "modelStore: from-file",
      "host: ::1",
      "maxBodySize: 1MiB",
      "drainTimeout: 10s",
      "models:",
      "  line: { instances: 2 }",
    ].join("\n"),
  );
  const env = {
    SEALSERVE_MODEL_STORE: "from-env",
    SEALSERVE_HOST: "localhost",
    SEALSERVE_PROTOCOLS_OPEN_INFERENCE_HTTP: "false",
  };
  const flags = ["--model-store", "from-flag", "--set", "models.line.maxQueueDelay=5ms", "--set", "pollInterval=0"];
  const printed = await runSealserve(["serve", "--print-config", "--config", file, ...flags], { env });
  assert.equal(printed.code, 0, printed.stderr);
  for (const line of [
    "modelStore: from-flag",
    "host: localhost",
    "maxBodySize: 1048576",
    "drainTimeout: 10000",
    "pollInterval: 0",
    "    http: false",
    "    instances: 2",
    "    maxQueueDelay: 5",
    "    rest: 8501",
  ])
    assert.ok(printed.stdout.split("\n").includes(line), `${line} is not in\n${printed.stdout}`);
  const again = await folder.write("printed.yaml", printed.stdout);
  assert.equal((await runSealserve(["serve", "--print-config", "--config", again])).stdout, printed.stdout);
});

test("flags of their own and --set reach the same keys", async () => {
  const one = await runSealserve([
    "serve",
    "--print-config",
    "--model-store",
    "m",
    "--host",
    "::1",
    "--tls",
    "self-signed",
  ]);
  const other = await runSealserve([
    "serve",
    "--print-config",
    "--set",
    "modelStore=m",
    "--set",
    "host=::1",
    "--set",
    "tls=self-signed",
  ]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal(one.stdout, other.stdout);
});

test("a server that is configured by its environment alone", async () => {
  const env = {
    SEALSERVE_MODEL_STORE: `${folder.path}/models`,
    SEALSERVE_LOG_LEVEL: "error",
    SEALSERVE_MAX_BODY_SIZE: "1kB",
  };
  await using server = await startServer([], { env });
  assert.deepEqual(server.ready.models, [{ name: "line", version: "1", state: "available" }]);
  assert.equal((await get(server.url("openInference", "/v2/models/line/ready"))).status, 200);
  assert.equal(server.log(), "");
});

test("the ready line is the only line on stdout, and the log is JSON", async () => {
  await using server = await startServer(["--model-store", `${folder.path}/models`]);
  let more = "";
  server.process.stdout?.on("data", (text: Buffer) => (more += text.toString()));
  await get(server.url("openInference", "/v2"));
  assert.equal(more, "");
  for (const line of server.log().trim().split("\n")) assert.equal(typeof JSON.parse(line).msg, "string");
});
