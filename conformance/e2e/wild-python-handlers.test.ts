// Handlers that misuse the real worker in every way: their requests fail, limits hold, other models answer meanwhile, and they come back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Answer, post } from "./exchange.ts";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { interpreter, noTorchserve, torchservePackages } from "./torchserve-package.ts";
import { until } from "./until.ts";

const calm = `
def handle(data, context):
    return None if data is None else ["calm"] * len(data)
`;

const wild = `
import numpy, os, subprocess, sys, time

def handle(data, context):
    if data is None:
        return None
    word, hoard = data[0]["body"], []
    if word == "allocate":
        while True:
            hoard.append(numpy.empty(256 * 1024 * 1024, dtype=numpy.uint8))  # Asks for memory, and touches none.
    if word == "open":
        while True:
            hoard.append(open(__file__))
    if word == "fork":
        children = [subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"]) for _ in range(20)]
        with open(os.path.join(os.environ["TEST_FOLDER"], "children"), "w") as file:
            file.write(" ".join(str(child.pid) for child in children))
        time.sleep(600)
    if word == "print":
        while True:
            print("x" * 10000)
    if word == "garbage":
        context.cl_socket.sendall(bytes.fromhex("000000c87fffffff") + os.urandom(1000))
        time.sleep(600)
    return ["tame"] * len(data)
`;

describe("a wild Python handler", { skip: noTorchserve }, () => {
  let store: TemporaryFolder;
  let server: RunningServer;

  before(async () => {
    store = await temporaryFolder();
    const impatient = ["--config-file", await store.write("settings.yaml", "responseTimeout: 1\n")];
    for (const [name, text, settings] of [
      ["calm", calm, []],
      ["wild", wild, impatient],
    ] as const) {
      const handler = await store.write(`${name}.py`, text);
      const flags = ["--model-name", name, "--handler", handler, "--export-path", join(store.path, "store")];
      const { code, stderr } = await runSealserve(["pack", ...flags, ...settings]);
      assert.equal(code, 0, stderr);
    }
    const env = { SEALSERVE_PYTHON: interpreter, PYTHONPATH: torchservePackages, TEST_FOLDER: store.path };
    const limits = ["--set", "python.limits.memory=8GiB", "--set", "python.limits.files=200"];
    server = await startServer(["--model-store", join(store.path, "store"), ...limits], { env });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  const ask = (model: string, body: string): Promise<Answer> =>
    post(server.url("torchserve", `/predictions/${model}`), body, { "content-type": "text/plain" });

  for (const [what, word, status] of [
    ["allocates without end", "allocate", 507],
    ["opens files without end", "open", 503],
    ["forks and hangs", "fork", 500],
    ["prints without end", "print", 500],
    ["writes garbage to its server", "garbage", 500],
  ] as const) {
    it(`that ${what} is answered with ${status}, and others serve`, async () => {
      let done = false;
      const answered = ask("wild", word).finally(() => (done = true));
      do assert.equal((await ask("calm", "x")).text, "calm");
      while (!done);
      assert.equal((await answered).status, status);
      await until(
        async () => (await ask("wild", "x")).text === "tame",
        () => "the worker did not come back",
      );
    });
  }

  it("leaves none of those behind that it forked", async () => {
    const children = readFileSync(join(store.path, "children"), "utf8").split(" ");
    assert.equal(children.length, 20);
    await until(async () => !children.some(isRunning));
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
