// Python handlers with users of their own: what one tries to read of the server and of its neighbour, and what is left of it when the server is killed.
import assert from "node:assert/strict";
import { constants } from "node:fs";
import { chmod, cp, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { json, post } from "./exchange.ts";
import { type RunningServer, runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { interpreter, noTorchserve, torchservePackages } from "./torchserve-package.ts";
import { until } from "./until.ts";

const spy = `
import json, os, shutil, signal, subprocess, sys, tempfile, time

def attempt(do):
    try:
        return do()
    except Exception as error:
        return type(error).__name__

def look(word, path, context):
    own = context.system_properties["model_dir"]
    if word == "who":
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        names = ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapInh", "CapAmb", "NoNewPrivs")
        about = {name: status[name].split() for name in names}
        return {**about, "pid": os.getpid(), "folder": own, "server": int(open(f"/proc/{os.getppid()}/stat").read().rsplit(") ", 1)[1].split()[1])}
    if word == "read":
        return attempt(lambda: len(open(path, "rb").read()))
    if word == "list":
        return attempt(lambda: len(os.listdir(path)))
    if word == "kill":
        return attempt(lambda: os.kill(int(path), signal.SIGTERM))
    if word == "change":
        return [attempt(lambda: open(own + "/new", "w")), attempt(lambda: os.remove(own + "/spy.py")), attempt(lambda: os.chmod(own, 0o777)), attempt(lambda: open(own + "/spy.py", "a"))]
    if word == "temporary":
        folder = tempfile.mkdtemp()
        open(folder + "/x", "w").write("kept")
        return folder
    if word == "user":
        return attempt(lambda: os.setuid(0))
    if word == "daemon":
        script = "import os, signal, sys, time; signal.signal(15, signal.SIG_IGN); os.setsid(); print(os.getpid(), flush=True); time.sleep(3600)"
        middle = f"import subprocess; subprocess.Popen([{sys.executable!r}, '-c', {script!r}])"
        return int(subprocess.Popen([sys.executable, "-c", middle], stdout=subprocess.PIPE).stdout.readline())

def handle(data, context):
    if data is None:
        return None
    word, _, rest = data[0]["body"].partition(" ")
    return [json.dumps(look(word, rest, context))]
`;

interface About {
  readonly Uid: readonly string[];
  readonly Gid: readonly string[];
  readonly Groups: readonly string[];
  readonly CapEff: readonly string[];
  readonly CapPrm: readonly string[];
  readonly CapInh: readonly string[];
  readonly CapAmb: readonly string[];
  readonly NoNewPrivs: readonly string[];
  readonly pid: number;
  readonly folder: string;
  readonly server: number;
}

const notRoot = process.getuid?.() !== 0 && "users of their own take root";

/** What is only waited for to be gone. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The folder itself where every user may read it, as after `make setup` in a place of its own; otherwise a copy in `place`. */
async function readable(folder: string, place: string): Promise<string> {
  let open = ((await stat(folder)).mode & 0o005) === 0o005;
  for (let above = dirname(folder); above !== dirname(above); above = dirname(above)) {
    open &&= ((await stat(above)).mode & 0o001) !== 0;
  }
  if (open) return folder;
  await cp(folder, place, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await chmod(place, 0o755);
  return place;
}

describe("Python handlers with users of their own (G19)", { skip: noTorchserve || notRoot, timeout: 120_000 }, () => {
  let store: TemporaryFolder;
  let server: RunningServer;
  let packages: TemporaryFolder;
  let env: Readonly<Record<string, string>>;

  before(async () => {
    store = await temporaryFolder();
    packages = await temporaryFolder();
    env = { SEALSERVE_PYTHON: interpreter, PYTHONPATH: await readable(torchservePackages, packages.path) };
    const handler = await store.write("spy.py", spy);
    await store.write("key", "AGE-SECRET-KEY");
    await chmod(join(store.path, "key"), 0o600);
    for (const name of ["one", "other"]) {
      const flags = ["--model-name", name, "--export-path", join(store.path, "store"), "--handler", handler];
      const ended = await runSealserve(["pack", ...flags]);
      assert.equal(ended.code, 0, ended.stderr);
    }
    await store.write("server.json", JSON.stringify({ python: { users: { from: 210_000, count: 3 } } }));
    server = await startServer(
      ["--model-store", join(store.path, "store"), "--config", join(store.path, "server.json")],
      { env },
    );
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await packages[Symbol.asyncDispose]();
  });

  async function ask(body: string, model = "one", at: RunningServer = server): Promise<unknown> {
    const answer = await post(at.url("torchserve", `/predictions/${model}`), body, { "content-type": "text/plain" });
    assert.equal(answer.status, 200, `${answer.text}\n${at.log()}`);
    return json(answer);
  }
  const who = async (model = "one"): Promise<About> => (await ask("who", model)) as About;

  it("each have one, with its group, and no rights beyond", async () => {
    const [one, other] = [await who("one"), await who("other")];
    assert.equal(one.server, server.process.pid);
    const [user = ""] = one.Uid;
    assert.ok(["210000", "210001", "210002"].includes(user), user);
    assert.deepEqual([new Set(one.Uid), new Set(one.Gid), one.Groups], [new Set([user]), new Set([user]), []]);
    assert.notEqual(other.Uid[0], user);
    const none = ["0000000000000000"];
    assert.deepEqual([one.CapEff, one.CapPrm, one.CapAmb, one.NoNewPrivs], [none, none, none, ["1"]]);
    assert.equal(await ask("user"), "PermissionError");
  });

  it("read nothing of the server's, nor of another model's", async () => {
    const { folder } = await who("other");
    const { server: pid } = await who();
    const closed = [
      `read /proc/${pid}/environ`,
      `read /proc/${pid}/mem`,
      `list /proc/${pid}/fd`,
      `read ${join(store.path, "key")}`,
      `list ${folder}`,
      `read ${join(folder, "spy.py")}`,
      `kill ${pid}`,
      `kill ${(await who("other")).pid}`,
    ];
    for (const each of closed) assert.equal(await ask(each), "PermissionError", each);
    assert.equal(await ask(`read ${join((await who()).folder, "spy.py")}`), Buffer.byteLength(spy));
  });

  it("change nothing of their own archive, and have a folder for what they put down", async () => {
    assert.deepEqual(
      await ask("change"),
      Array.from({ length: 4 }, () => "PermissionError"),
    );
    assert.ok(String(await ask("temporary")).startsWith(`${(await who()).folder}/.tmp/`));
  });

  it("leave nothing when the server is killed", async () => {
    const second = await startServer(
      ["--model-store", join(store.path, "store"), "--config", join(store.path, "server.json")],
      { env },
    );
    await using _ = second;
    const pids = [Number(await ask("daemon", "one", second)), ((await ask("who", "one", second)) as About).pid];
    for (const pid of pids) assert.equal(await isRunning(pid), true);
    second.process.kill("SIGKILL");
    for (const pid of pids) await until(async () => !(await isRunning(pid)));
  });
});
