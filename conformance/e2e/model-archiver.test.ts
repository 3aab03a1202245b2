// Archives by the real torch-model-archiver and ours, in every form: the same manifests and files, and each is served. Skips where the archiver is not installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { post } from "./exchange.ts";
import { runSealserve, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const found = spawnSync(join(import.meta.dirname, "../../tools/torchserve-path.sh"), ["--find"], { encoding: "utf8" });
const skip = found.status === 0 ? false : "the real torch-model-archiver is not installed: tools/torchserve-path.sh";
const python = process.env["SEALSERVE_PYTHON"] ?? "/usr/bin/python3";

let folder: TemporaryFolder;
const at = (name: string): string => join(folder.path, name);
before(async () => {
  folder = await temporaryFolder();
  await folder.write(
    "handler.py",
    "def handle(data, context):\n    return None if data is None else ['served'] * len(data)\n",
  );
  await folder.write("extra/labels.json", "{}");
  await folder.write("extra/nested/deep.txt", "deep");
  await folder.write("weights.bin", "weights");
  await folder.write("requirements.txt", "");
  await folder.write("config.yaml", "minWorkers: 1\nmaxWorkers: 2\nbatchSize: 3\nmaxBatchDelay: 7\n");
});
after(() => folder[Symbol.asyncDispose]());

const forms = { default: "mar", "zip-store": "mar", tgz: "tar.gz", "no-archive": "" } as const;
type Form = keyof typeof forms;

function flags(name: string, form: Form, store: string): string[] {
  mkdirSync(at(store), { recursive: true });
  return [
    ...["--model-name", name, "--export-path", at(store), "--archive-format", form, "-v", "2.0-beta", "-f"],
    ...["--serialized-file", at("weights.bin"), "--handler", at("handler.py"), "--extra-files", at("extra")],
    ...["-r", at("requirements.txt"), "-c", at("config.yaml"), "--runtime", "python3"],
  ];
}

function archiver(args: readonly string[]): void {
  const code = "from model_archiver.model_packaging import generate_model_archive; generate_model_archive()";
  const env = { ...process.env, PYTHONPATH: found.stdout.trim() };
  const ran = spawnSync(python, ["-c", code, ...args], { encoding: "utf8", env });
  assert.equal(ran.status, 0, ran.stderr);
}

/** Unpacked by Python's own readers, which the archiver uses: each file with its text. */
async function unpacked(path: string, form: Form, name: string): Promise<Record<string, string>> {
  let root = path;
  if (form !== "no-archive") {
    root = `${path}.unpacked`;
    const code = "import shutil, sys; shutil.unpack_archive(sys.argv[1], sys.argv[2], sys.argv[3])";
    const ran = spawnSync(python, ["-c", code, path, root, form === "tgz" ? "gztar" : "zip"], { encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
    if (form === "tgz") root = join(root, name);
  }
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = files.map(async ({ parentPath, name: file }) => {
    const text = await readFile(join(parentPath, file), "utf8");
    return [join(parentPath, file).slice(root.length + 1), text.replace(/"createdOn": "[^"]*"/, "")] as const;
  });
  return Object.fromEntries((await Promise.all(texts)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("ours hold what those of the real archiver hold, file by file", { skip }, async () => {
  for (const [form, ending] of Object.entries(forms) as [Form, string][]) {
    const entry = ending === "" ? "one" : `one.${ending}`;
    archiver(flags("one", form, `theirs-${form}`));
    const { code, stderr } = await runSealserve(["pack", ...flags("one", form, `ours-${form}`)]);
    assert.equal(code, 0, stderr);
    const theirs = await unpacked(at(`theirs-${form}/${entry}`), form, "one");
    const ours = await unpacked(at(`ours-${form}/${entry}`), form, "one");
    const manifest = "MAR-INF/MANIFEST.json";
    assert.deepEqual(Object.keys(ours), Object.keys(theirs), form);
    assert.deepEqual(JSON.parse(manifestOf(ours)), JSON.parse(manifestOf(theirs)), form);
    assert.deepEqual({ ...ours, [manifest]: "" }, { ...theirs, [manifest]: "" }, form);
  }
});

test("those of the real archiver are served in every form", { skip }, async () => {
  for (const form of ["default", "tgz", "no-archive"] as const) archiver(flags(`m-${form}`, form, "store"));
  const env = { SEALSERVE_PYTHON: python, PYTHONPATH: found.stdout.trim() };
  await using server = await startServer(["--model-store", at("store")], { env });
  for (const form of ["default", "tgz", "no-archive"] as const) {
    const answer = await post(server.url("torchserve", `/predictions/m-${form}`), "x", {
      "content-type": "text/plain",
    });
    assert.equal(answer.text, "served");
    const [described] = JSON.parse(await (await fetch(server.url("management", `/models/m-${form}`))).text());
    const { modelVersion, minWorkers, maxWorkers, batchSize, maxBatchDelay, runtime, workers } = described;
    assert.deepEqual(
      { modelVersion, minWorkers, maxWorkers, batchSize, maxBatchDelay, runtime, workers: workers.length },
      {
        modelVersion: "2.0-beta",
        minWorkers: 1,
        maxWorkers: 2,
        batchSize: 3,
        maxBatchDelay: 7,
        runtime: "python3",
        workers: 1,
      },
    );
    assert.ok(workers[0].pid > 0 && workers[0].memoryUsage > 0, JSON.stringify(workers));
  }
});

function manifestOf(files: Readonly<Record<string, string>>): string {
  return (files["MAR-INF/MANIFEST.json"] ?? "").replace(/\{\s*,/, "{").replace(/,\s*,/, ",");
}
