// A real TorchServe from PyPI, which runs on Java, and a model archive for it.
import { execFile, spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TemporaryFolder } from "../e2e/temporary-folder.ts";
import { freePort } from "./free-port.ts";
import { pythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);

export interface RealTorchServe {
  /** It serves what lies in `{models}`, inference and management at one address. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly upstream: string;
  /** `double.mar`. */
  readonly archive: string;
}

/** In `folder`, which outlives it. */
export async function realTorchServe(folder: TemporaryFolder): Promise<RealTorchServe | { readonly missing: string }> {
  if (spawnSync("java", ["-version"]).status !== 0) return { missing: "there is no Java" };
  const packages = ["torchserve==0.12.0", "torch-model-archiver==0.12.0", "psutil", "PyYAML", "packaging", "numpy<3"];
  const found = await pythonEnvironment("torchserve", packages);
  if ("missing" in found) return found;
  const programs = dirname(found.python);
  const [http, metrics] = [await freePort(), await freePort()];
  const upstream = `http://127.0.0.1:${http}`;
  const settings = await folder.write(
    "torchserve.properties",
    [
      ...[`inference_address=${upstream}`, `management_address=${upstream}`],
      `metrics_address=http://127.0.0.1:${metrics}`,
      ...[`grpc_inference_port=${await freePort()}`, `grpc_management_port=${await freePort()}`],
      // What it lets in, the sidecar decides.
      ...["disable_token_authorization=true", "default_workers_per_model=1", "max_request_size=30000000"],
    ].join("\n"),
  );
  // Its workers import PyTorch only to tell tensors among answers: a name is enough for a handler that has none.
  await folder.write("python/torch.py", "class Tensor:\n    pass\n");
  const logs = join(folder.path, "logs");
  await mkdir(logs);
  return {
    upstream,
    archive: await writeArchive(folder, join(programs, "torch-model-archiver")),
    command: [
      join(programs, "torchserve"),
      ...["--start", "--foreground", "--no-config-snapshots", "--ts-config", settings],
      ...["--model-store={models}", "--models", "double=double.mar"],
    ],
    environment: {
      PATH: `${programs}:/usr/bin:/bin`,
      PYTHONPATH: join(folder.path, "python"),
      LOG_LOCATION: logs,
      METRICS_LOCATION: logs,
    },
  };
}

/** A handler that doubles lists of numbers, and tells how long other bodies are. */
async function writeArchive(folder: TemporaryFolder, archiver: string): Promise<string> {
  const handler = await folder.write(
    "doubler.py",
    [
      "class Doubler:",
      "    def initialize(self, context):",
      "        self.manifest = context.manifest",
      "    def handle(self, data, context):",
      '        bodies = [row.get("body", row.get("data")) for row in data]',
      "        return [[2 * x for x in body] if isinstance(body, list) else str(len(body)) for body in bodies]",
    ].join("\n"),
  );
  await run(archiver, [
    ...["--model-name", "double", "--version", "1.0"],
    ...["--handler", handler, "--export-path", folder.path],
  ]);
  return join(folder.path, "double.mar");
}
