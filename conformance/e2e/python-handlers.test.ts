// Python handlers by the real worker of the torchserve package: packed by the command, served by it, asked over HTTP.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Answer, json, post } from "./exchange.ts";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { interpreter, noTorchserve, torchservePackages } from "./torchserve-package.ts";
import { until } from "./until.ts";

const echo = `
import os
from ts.utils.util import PredictionException

def handle(data, context):
    if data is None:
        return None
    word = data[0].get("body") or data[0].get("data") or ""
    word = word.decode() if isinstance(word, (bytes, bytearray)) else word
    if word == "refuse":
        raise PredictionException("too dark to see", 422)
    if word == "raise":
        raise ValueError("the secret of the handler")
    if word == "fewer":
        return []
    if word == "exit":
        os._exit(3)
    if word == "pid":
        return [str(os.getpid())]
    if word == "memory":
        raise MemoryError()
    if word == "made":
        context.set_response_status(201, "Made", 0)
        context.set_response_header(0, "X-Handler", "yes")
        context.set_response_content_type(0, "text/plain")
    return [str(row.get("body") or row.get("data")) for row in data]
`;

const linear = `
import json, torch
from ts.torch_handler.base_handler import BaseHandler

class Linear(BaseHandler):
    def preprocess(self, data):
        rows = [row.get("body") or row.get("data") for row in data]
        return torch.tensor([row if isinstance(row, list) else json.loads(row) for row in rows], dtype=torch.float32)

    def postprocess(self, output):
        return output.tolist()
`;

const net = `
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.linear(x)
`;

const makeModels = `
import sys, torch
sys.path.insert(0, sys.argv[1])
from net import Net
model = Net()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]))
    model.linear.bias.copy_(torch.tensor([0.5, -1.0]))
torch.save(model.state_dict(), sys.argv[1] + "/weights.pth")
torch.jit.script(model).save(sys.argv[1] + "/scripted.pt")
`;

describe("a Python handler", { skip: noTorchserve }, () => {
  let store: TemporaryFolder;
  let server: RunningServer;

  const pack = async (name: string, ...flags: readonly string[]): Promise<void> => {
    const ended = await runSealserve([
      "pack",
      "--model-name",
      name,
      "--export-path",
      join(store.path, "store"),
      ...flags,
    ]);
    assert.equal(ended.code, 0, ended.stderr);
  };

  before(async () => {
    store = await temporaryFolder();
    const at = (name: string): string => join(store.path, name);
    const files = { "echo.py": echo, "linear.py": linear, "net.py": net, "broken.py": "import nothing_of_this_name\n" };
    for (const [name, text] of Object.entries(files)) await store.write(name, text);
    await store.write("batches.yaml", "batchSize: 4\nmaxBatchDelay: 200\n");
    execFileSync(interpreter, ["-c", makeModels, store.path]);
    await pack("echo", "--handler", at("echo.py"));
    await pack("broken", "--handler", at("broken.py"));
    await pack("scripted", "--handler", at("linear.py"), "--serialized-file", at("scripted.pt"));
    const eager = ["--serialized-file", at("weights.pth"), "--model-file", at("net.py")];
    await pack("eager", "--handler", at("linear.py"), ...eager, "--config-file", at("batches.yaml"));
    const env = { SEALSERVE_PYTHON: interpreter, PYTHONPATH: torchservePackages };
    server = await startServer(["--model-store", at("store")], { env });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const ask = (model: string, body: string, type = "text/plain"): Promise<Answer> =>
    post(server.url("torchserve", `/predictions/${model}`), body, { "content-type": type });

  it("answers, and says how", async () => {
    assert.equal((await ask("echo", "hello")).text, "hello");
    const made = await ask("echo", "made");
    assert.deepEqual(
      [made.status, made.headers.get("x-handler"), made.headers.get("content-type")],
      [201, "yes", "text/plain"],
    );
  });

  for (const [word, status, message] of [
    ["refuse", 422, "too dark to see"],
    ["raise", 503, "Prediction failed"],
    ["fewer", 503, "number of batch response mismatched"],
    ["memory", 507, "Out of resources"],
  ] as const) {
    it(`that ends with '${word}' is answered with ${status}`, async () => {
      const answer = await ask("echo", word);
      assert.equal(answer.status, status);
      assert.equal((json(answer) as { message: string }).message, message);
    });
  }

  it("whose process ends fails its request, and comes back", async () => {
    assert.equal((await ask("echo", "exit")).status >= 500, true);
    await until(
      async () => (await ask("echo", "again")).text === "again",
      () => "the worker did not come back",
    );
  });

  it("serves a TorchScript model, and weights with a class, in batches", async () => {
    assert.deepEqual(json(await ask("scripted", "[1, 2, 3]", "application/json")), [14.5, 1]);
    const rows = [1, 2, 3, 4].map((x) => ask("eager", `[${x}, 0, 0]`, "application/json"));
    assert.deepEqual((await Promise.all(rows)).map(json), [
      [1.5, -1],
      [2.5, -1],
      [3.5, -1],
      [4.5, -1],
    ]);
  });

  it("answers on the other protocols, too", async () => {
    const inputs = [{ name: "data", datatype: "BYTES", shape: [1], data: ["hello"] }];
    const answer = await post(server.url("openInference", "/v2/models/echo/infer"), { inputs });
    const [output] = (json(answer) as { outputs: { data: string[] }[] }).outputs;
    assert.match(output?.data[0] ?? "", /hello/);
  });

  it("that cannot be imported says what is missing", () => {
    const broken = server.ready.models.find(({ name }) => name === "broken") as { state: string; reason?: string };
    assert.equal(broken.state, "end");
    assert.match(broken.reason ?? "", /No module named 'nothing_of_this_name'/);
  });

  it("does not outlive a server that is killed", async () => {
    const { text: pid } = await ask("echo", "pid");
    assert.ok(isRunning(pid));
    server.process.kill("SIGKILL");
    await until(
      async () => !isRunning(pid),
      () => `the worker ${pid} is still there`,
    );
  });
});

/** A process that has ended, and that nobody has asked about yet, does not run. */
function isRunning(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
