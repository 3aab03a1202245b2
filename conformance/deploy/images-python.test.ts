// The tree that makes an image one with Python, laid out of the Python of this machine: enough for handlers, and nothing of a system around it.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { layOut } from "../../deploy/images/layout/lay-out.ts";
import { copyModules } from "../../deploy/images/layout/python-files.ts";
import { layOutPython } from "../../deploy/images/layout/python-tree.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";
import { noTorchserve, torchservePackages } from "../e2e/torchserve-package.ts";
import { jsonLinesOf, stop } from "../fixtures/spawned-command.ts";

const root = join(import.meta.dirname, "../..");
const date = 1_790_000_000;

test("of modules go along: sources, machine code and links to libraries; not tests, headers and what was compiled", async () => {
  await using folder = await temporaryFolder();
  const modules = join(folder.path, "usr/lib/python3/dist-packages");
  for (const name of [
    ...[
      "one/__init__.py",
      "one/fast.so",
      "one/tests/test_one.py",
      "one/__pycache__/one.pyc",
      "one/one.h",
      "one/one.pyi",
    ],
    ...["torch/bin/test_api", "torch/bin/torch_shm_manager", "torch/include/c10.cpp", "ts/frontend/server.jar"],
    ...["ts/model_service_worker.py", "testing/kept.py"],
  ])
    await folder.write(`usr/lib/python3/dist-packages/${name}`, name);
  await folder.write("usr/lib/libone.so.1.13", "a library");
  for (const [link, target] of [
    ["one/libone.so", "../../../libone.so.1.13"],
    ["one/nothing.so", "/nowhere/nothing.so"],
    ["one/other.py", "../ts/model_service_worker.py"],
  ] as const)
    execFileSync("ln", ["-s", target, join(modules, link)]);
  const target = join(folder.path, "tree");
  const { native, links } = copyModules(modules, target);
  const copied = readdirSync(join(target, modules), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(target.length + modules.length + 1));
  assert.deepEqual(copied.sort(), [
    ...["one/__init__.py", "one/fast.so", "one/other.py", "testing/kept.py", "torch/bin/torch_shm_manager"],
    "ts/model_service_worker.py",
  ]);
  assert.deepEqual(native, [join(modules, "one/fast.so"), join(modules, "torch/bin/torch_shm_manager")]);
  assert.deepEqual(links, [
    {
      place: join(modules, "one/libone.so"),
      name: "libone.so.1.13",
      path: join(folder.path, "usr/lib/libone.so.1.13"),
    },
  ]);
});

const installed = existsSync("/var/lib/dpkg/info/python3-torch.list") && noTorchserve === false;
const skip = !installed
  ? "needs Debian's python3-torch and TorchServe's package: make system torchserve"
  : process.getuid?.() !== 0 && "needs root, for chroot";

const handler = `
import os, torch
def handle(data, context):
    if data is None:
        return None
    return [f"{torch.ones(3).sum().item()} {os.getuid()} {torch.__file__}"] * len(data)
`;

describe("a tree with Python", { skip }, () => {
  let folder: TemporaryFolder;
  let tree: string;
  before(async () => {
    folder = await temporaryFolder();
    tree = join(folder.path, "tree");
    layOutPython({ target: tree, date });
  });
  after(() => folder[Symbol.asyncDispose]());

  const paths = (): readonly string[] => readdirSync(tree, { recursive: true, encoding: "utf8" }).sort();

  test("it has two programs that nobody calls a shell, nobody else may write in it, and it tells one time only", () => {
    const programs: string[] = [];
    for (const path of paths()) {
      const found = lstatSync(join(tree, path));
      assert.equal(found.mtimeMs, date * 1000, path);
      if (found.isSymbolicLink()) {
        assert.ok(statSync(join(tree, path)).isFile(), `${path} leads nowhere`);
        continue;
      }
      assert.equal(found.mode & 0o022, 0, path);
      if (found.isFile() && (found.mode & 0o111) !== 0) programs.push(path);
    }
    const shared = "usr/lib/python3/dist-packages/torch/bin/torch_shm_manager";
    assert.deepEqual(programs, ["lib64/ld-linux-x86-64.so.2", "usr/bin/python3", shared]);
  });

  test("every module is there compiled, without the time of its source", () => {
    const all = new Set(paths());
    const modules = [...all].filter((path) => path.endsWith(".py"));
    assert.ok(modules.length > 1000);
    for (const path of modules) {
      const compiled = path.replace(/([^/]+)\.py$/, "__pycache__/$1.cpython-311.pyc");
      assert.ok(all.has(compiled), path);
      // The third word: found by a hash, and not looked at again (PEP 552).
      assert.equal(readFileSync(join(tree, compiled)).readUInt32LE(4), 1, compiled);
    }
  });

  test("the bill names Debian's packages with their versions", () => {
    const { components } = JSON.parse(readFileSync(join(tree, "opt/sealserve/sbom-python.cdx.json"), "utf8"));
    const known = new Map<string, string>(
      components.map((each: Record<string, string>) => [each["name"], each["purl"]]),
    );
    for (const name of ["python3-torch", "python3-numpy", "libtorch1.13", "libc6", "libpython3.11-stdlib"])
      assert.match(known.get(name) ?? "", new RegExp(`^pkg:deb/debian/${name}@[^?]+\\?arch=(amd64|all)$`));
  });

  test("over a backend's tree, as nobody and with nothing else, a handler answers", async () => {
    const plain = join(folder.path, "plain");
    await layOut({ folder: join(root, "services/backend"), target: plain, date });
    // As layers do: what is in both is Python's. The last of the tests here, since the tree is now another.
    execFileSync("cp", ["--archive", "--no-clobber", `${plain}/.`, tree]);
    const whole = tree;
    // What the image's build installs into /usr/local.
    cpSync(torchservePackages, join(whole, "opt/packages"), { recursive: true });
    const archive = join(whole, "models/echo");
    mkdirSync(join(archive, "MAR-INF"), { recursive: true });
    writeFileSync(join(archive, "handler.py"), handler);
    const model = { modelName: "echo", handler: "handler.py", modelVersion: "1.0" };
    writeFileSync(join(archive, "MAR-INF/MANIFEST.json"), JSON.stringify({ runtime: "python", model }));
    const config = { modelStore: "/models", mesh: null, listen: { port: 0 }, operations: { port: 0 }, drainDelay: 0 };
    writeFileSync(join(whole, "etc/sealserve/config.yaml"), JSON.stringify(config));
    const program = ["/usr/bin/node", "/opt/sealserve/main.js", "/etc/sealserve/config.yaml"];
    // A process finds its memory and its number in /proc.
    const enter =
      'mount -t tmpfs tmpfs "$0/dev" && for one in null urandom; do : >"$0/dev/$one" && mount --bind "/dev/$one" "$0/dev/$one"; done && mount -t proc proc "$0/proc" && exec chroot --userspec=65532:65532 "$0" "$@"';
    for (const name of ["dev", "proc"]) mkdirSync(join(whole, name));
    const child = spawn("unshare", ["--mount", "sh", "-c", enter, whole, ...program], {
      env: { PATH: process.env["PATH"] ?? "", SEALSERVE_PYTHON: "/usr/bin/python3", PYTHONPATH: "/opt/packages" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    try {
      const { listeners } = await jsonLinesOf<{ readonly listeners: Readonly<Record<string, string>> }>(
        child,
        () => log,
      )();
      const answer = await fetch(`${listeners["backend"]}/v2/models/echo/infer`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs: [{ name: "data", datatype: "BYTES", shape: [1], data: ["x"] }] }),
      });
      assert.match(await answer.text(), /3\.0 65532 \/usr\/lib\/python3\/dist-packages\/torch\//, log);
    } finally {
      await stop(child);
    }
  });
});
