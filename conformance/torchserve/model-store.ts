// Makes the model store of the differential run with the real archivers, and archives that are broken in one way each.
import { execFile } from "node:child_process";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RealToolchain } from "../fixtures/torchserve-toolchain.ts";
import { zipBytes } from "../fixtures/zip-writer.ts";
import { type ArchiveSpec, laterArchives, startArchives } from "./archives.ts";
import { makeWorkflows } from "./workflows.ts";

const run = promisify(execFile);
const handlers = join(import.meta.dirname, "handlers");

/** In `folder`: `model-store/` with all archives, and `weights/` with what they are made of. Returns the store's path. */
export async function writeModelStore(folder: string, tools: RealToolchain): Promise<string> {
  const weights = join(folder, "weights");
  const store = join(folder, "model-store");
  await mkdir(weights, { recursive: true });
  await mkdir(store);
  await run(tools.python, ["-B", join(handlers, "make_weights.py"), weights], { env: tools.environment });
  const waiting = [...startArchives, ...laterArchives];
  const worker = async (): Promise<void> => {
    for (let spec = waiting.shift(); spec; spec = waiting.shift())
      await makeArchive(spec, { folder, weights, store, tools });
  };
  await Promise.all([worker(), worker()]);
  for (const [name, content] of brokenArchives) await writeFile(join(store, name), content);
  await makeWorkflows(folder, store, tools);
  return store;
}

interface MakingParts {
  readonly folder: string;
  readonly weights: string;
  readonly store: string;
  readonly tools: RealToolchain;
}

async function makeArchive(spec: ArchiveSpec, { folder, weights, store, tools }: MakingParts): Promise<void> {
  const made = join(folder, "made", spec.file);
  await mkdir(made, { recursive: true });
  const args = ["--model-name", spec.model, "--version", spec.version ?? "1.0", "--export-path", made];
  args.push("--handler", spec.handler.includes(".py") ? join(handlers, spec.handler) : spec.handler);
  if (spec.format) args.push("--archive-format", spec.format);
  if (spec.modelFile) args.push("--model-file", join(handlers, spec.modelFile));
  if (spec.weights) args.push("--serialized-file", join(weights, spec.weights));
  if (spec.extraFiles)
    args.push(
      "--extra-files",
      spec.extraFiles.map((name) => join(name.endsWith(".py") ? handlers : weights, name)).join(","),
    );
  if (spec.config) {
    const config = join(made, "model-config.yaml");
    await writeFile(config, spec.config);
    args.push("--config-file", config);
  }
  await run(tools.python, [join(tools.packages, "bin/torch-model-archiver"), ...args], { env: tools.environment });
  const ending = { default: ".mar", "zip-store": ".mar", tgz: ".tar.gz", "no-archive": "" }[spec.format ?? "default"];
  await rename(join(made, spec.model + ending), join(store, spec.file));
  if (spec.envelope) {
    const path = join(store, spec.file, "MAR-INF/MANIFEST.json");
    const manifest = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...manifest, model: { ...manifest.model, envelope: spec.envelope } }));
  }
}

const handlerFile = { name: "echo.py", data: "def handle(data, context):\n    return data\n" };
const manifest = (model: unknown, rest: object = { runtime: "python" }) => ({
  name: "MAR-INF/MANIFEST.json",
  data: JSON.stringify({ ...rest, model, archiverVersion: "0.12.0" }),
});

const brokenArchives: readonly (readonly [file: string, content: Uint8Array | string])[] = [
  ["no-zip.mar", "this is no archive"],
  ["empty.mar", ""],
  ["no-manifest.mar", zipBytes([handlerFile])],
  ["bad-manifest.mar", zipBytes([handlerFile, { name: "MAR-INF/MANIFEST.json", data: "{" }])],
  ["no-model.mar", zipBytes([handlerFile, { name: "MAR-INF/MANIFEST.json", data: '{"runtime":"python"}' }])],
  ["no-name.mar", zipBytes([handlerFile, manifest({ handler: "echo.py", modelVersion: "1.0" })])],
  ["no-handler.mar", zipBytes([handlerFile, manifest({ modelName: "no-handler", modelVersion: "1.0" })])],
  ["no-version.mar", zipBytes([handlerFile, manifest({ modelName: "no-version", handler: "echo.py" })])],
  [
    "bad-runtime.mar",
    zipBytes([
      handlerFile,
      manifest({ modelName: "bad-runtime", modelVersion: "1.0", handler: "echo.py" }, { runtime: "python4" }),
    ]),
  ],
  [
    "missing-handler.mar",
    zipBytes([handlerFile, manifest({ modelName: "missing-handler", modelVersion: "1.0", handler: "not_there.py" })]),
  ],
  [
    "climbing.mar",
    zipBytes([
      { name: "../climbed.py", data: "print()" },
      handlerFile,
      manifest({ modelName: "climbing", modelVersion: "1.0", handler: "echo.py" }),
    ]),
  ],
];
