// Workflows with functions in Python, packed by the real torch-workflow-archiver and by the command, run by the real worker, asked by curl.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { interpreter, noTorchserve, torchservePackages } from "./torchserve-package.ts";

const run = promisify(execFile);

const loud = `
def handle(data, context):
    if data is None:
        return None
    return [bytes(row["body"]).decode().upper() for row in data]
`;
const functions = `
import json, os

def before(data, context):
    if data is None:
        return None
    return [bytes(row["body"]).decode().strip() for row in data]

def length(data, context):
    if data is None:
        return None
    return [str(len(bytes(row["body"]))) for row in data]

def after(data, context):
    if data is None:
        return None
    name, there = context.model_name, os.path.exists(os.path.join(context.system_properties["model_dir"], "words.txt"))
    fields = [{key: bytes(value).decode() for key, value in row.items()} for row in data]
    return [{"fields": each, "name": name, "extra": there} for each in fields]

def stuck(data, context):
    raise ValueError("the secret of the function")

def failing(data, context):
    if data is not None:
        raise ValueError("the secret of the function")
`;
const spec = `models:
  min-workers: 1
  retry-attempts: 0
  timeout-ms: 20000
  loud:
    url: loud.mar
dag:
  before: [loud, length]
  loud: [after]
  length: [after]
`;

describe("a workflow with functions in Python", { skip: noTorchserve }, () => {
  let folder: TemporaryFolder;
  let server: RunningServer;
  const at = (name: string): string => join(folder.path, name);
  const curl = async (...args: readonly string[]): Promise<string> =>
    (await run("curl", ["--silent", "--show-error", ...args])).stdout;

  before(async () => {
    folder = await temporaryFolder();
    const files = { "loud.py": loud, "functions.py": functions, "graph.yaml": spec, "words.txt": "words" };
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    await folder.write("stuck.yaml", "dag:\n  before: [stuck]\n");
    await folder.write("bad.yaml", "models: {}\ndag:\n  before: [failing]\n");
    await mkdir(at("store"));
    const archiver = ["-m", "workflow_archiver.workflow_packaging", "--workflow-name", "real"];
    const real = [...archiver, "--spec-file", at("graph.yaml"), "--handler", at("functions.py")];
    execFileSync(interpreter, [...real, "--extra-files", at("words.txt"), "--export-path", at("store")], {
      env: { PATH: process.env["PATH"] ?? "", PYTHONPATH: torchservePackages, TMPDIR: folder.path },
    });
    const pack = async (...flags: readonly string[]): Promise<void> => {
      const ended = await runSealserve(["pack", "--export-path", at("store"), ...flags]);
      assert.equal(ended.code, 0, ended.stderr);
    };
    const handler = ["--handler", at("functions.py")];
    await pack("--model-name", "loud", "--handler", at("loud.py"));
    await pack("--workflow", "--workflow-name", "own", "--spec-file", at("graph.yaml"), ...handler);
    await pack("--workflow", "--workflow-name", "bad", "--spec-file", at("bad.yaml"), ...handler);
    await pack("--workflow", "--workflow-name", "stuck", "--spec-file", at("stuck.yaml"), ...handler);
    const env = { SEALSERVE_PYTHON: interpreter, PYTHONPATH: torchservePackages };
    server = await startServer(["--model-store", at("store"), "--set", "modelControl=explicit"], { env });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const register = (entry: string) => curl("-X", "POST", server.url("management", `/workflows?url=${entry}`));
  const predict = (name: string, body: string) =>
    curl("-H", "content-type: application/octet-stream", "-d", body, server.url("torchserve", `/wfpredict/${name}`));

  it("of the real archiver runs, side by side and with what lies beside its functions", async () => {
    assert.match(await register("real.war"), /Workflow real has been registered/, server.log());
    const answer = JSON.parse(await predict("real", " text "));
    assert.deepEqual(answer, { fields: { loud: "TEXT", length: "4" }, name: "real__after", extra: true });
    const described = JSON.parse(await curl(server.url("management", "/models/real__after")));
    assert.partialDeepStrictEqual(described, [{ modelUrl: "real.war", modelVersion: "1.0", runtime: "python" }]);
    assert.match(
      await curl(server.url("management", "/workflows/real")),
      /"workflowDag": "{before=\[loud, length\], loud=\[after\], length=\[after\]}"/,
    );
    assert.match(await curl("-X", "DELETE", server.url("management", "/workflows/real")), /unregistered/);
    assert.doesNotMatch(await curl(server.url("management", "/models")), /real__/);
  });

  it("of ours runs likewise, and has the entries that the real archiver makes", async () => {
    assert.match(await register("own.war"), /Workflow own has been registered/, server.log());
    const answer = JSON.parse(await predict("own", "text"));
    assert.deepEqual(answer, { fields: { loud: "TEXT", length: "4" }, name: "own__after", extra: false });
    const entries = (name: string): string[] =>
      JSON.parse(
        execFileSync(
          interpreter,
          ["-c", `import json, sys, zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))`, at(name)],
          { encoding: "utf8" },
        ),
      );
    assert.deepEqual([...entries("store/own.war"), "words.txt"].sort(), entries("store/real.war").sort());
  });

  it("does not stay where a function cannot be loaded, and tells nothing of what it raised", async () => {
    const answer = await register("stuck.war");
    assert.match(
      answer,
      /"type": "WorkflowException"[\s\S]*Failures: \[Failed to start workers for model stuck__stuck/,
    );
    assert.doesNotMatch(answer, /secret/);
    assert.doesNotMatch(await curl(server.url("management", "/models")), /stuck/);
  });

  it("says which function failed, and nothing of what it raised", async () => {
    assert.match(await register("bad.war"), /Workflow bad has been registered/, server.log());
    assert.deepEqual(JSON.parse(await predict("bad", "text")), {
      ...{ code: 500, type: "InternalServerException", message: "Error executing failing" },
    });
  });
});
